"""`python -m samples --seed 1 --out DIR` writes the site of a seed."""

import argparse
from pathlib import Path

from samples.site import generate


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="samples", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    generate(arguments.out, arguments.seed)


if __name__ == "__main__":
    main()
