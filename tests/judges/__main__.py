"""``python -m judges DIR``: hold the traffic recorded in a folder against Cognite's own document."""

import sys
from pathlib import Path

from judges.document import ABSENT, DOCUMENT, load
from judges.traffic import judged


def main() -> int:
    """Return 1 for traffic that the document forbids, and for none at all."""
    if not DOCUMENT.exists():
        print(ABSENT)
        return 0
    count, said = judged(load(), Path(sys.argv[1]))
    print(f"{count} exchanges, {len(said)} violations of Cognite's OpenAPI document", *said[:20], sep="\n")
    return 1 if said or not count else 0


if __name__ == "__main__":
    sys.exit(main())
