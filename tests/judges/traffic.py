"""What went over the wire in a run: read from the files of `--traffic`, and judged."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from judges.document import Document, Exchange, violations

BELOW = re.compile(r"^/api/v1(/projects/[^/]+(?=/))?")


def exchanges(folder: Path) -> Iterator[Exchange]:
    """Yield what was asked and answered, but for what a fault hit and what was cut before its answer."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines(keepends=True):
            if not line.endswith("\n"):
                continue  # the server was killed while it wrote
            entry = json.loads(line)
            if entry["status"] and not entry["fault"]:
                yield Exchange(
                    method=entry["method"],
                    path=BELOW.sub("", entry["path"]),
                    sent=entry["sent"],
                    status=entry["status"],
                    answer=entry["answer"],
                    query=tuple((name, value) for name, value in entry["query"]),
                )


def judged(document: Document, folder: Path) -> tuple[int, list[str]]:
    """Return how many exchanges there are, and what the document says against them, each once."""
    seen = list(exchanges(folder))
    said = Counter(each for exchange in seen for each in violations(document, exchange))
    return len(seen), [f"{each} ({times}x)" for each, times in said.most_common()]
