"""`python -m image360 report RUN`: the report of a run in a project."""

import sys
from pathlib import Path

from cognite.client import CogniteClient

from image360.config import load_config, require_pipeline
from report.run import report_of_run
from report.viewer import bundle
from report.write import write_report


def write(client: CogniteClient, pipeline: str, run: str, out: Path, images: int) -> None:
    """Write the report of a run to a file; the progress goes to standard error.

    Raises:
        Image360Error: There is no such run, or CDF lacks something the config names.
        OSError: The file cannot be written.
    """
    require_pipeline(client, pipeline)
    report = report_of_run(client, load_config(client, pipeline), run, images, _tell)
    viewer = bundle()
    if viewer is None:
        _tell("the panorama viewer is not there, so the faces are shown flat: `make viewer` fetches it")
    write_report(out, report, viewer)
    print(f"{out} ({out.stat().st_size / 1e6:.1f} MB): open it in a browser")


def _tell(text: str) -> None:
    print(f"image360: {text}", file=sys.stderr, flush=True)
