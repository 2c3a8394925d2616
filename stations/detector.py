"""The detector program of a local CDF, `python -m image360 read`, with recorded answers for its engine."""

import sys
from typing import Any

import image360.detection.ocr
from image360.__main__ import main
from stations.recording import RecordedEngine


def _patch(name: str, value: Any) -> None:
    setattr(image360.detection.ocr, name.rpartition(".")[2], value)


RecordedEngine().stand_in(_patch, "image360.detection.ocr")
sys.exit(main(["read"]))
