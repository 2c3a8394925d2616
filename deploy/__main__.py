"""`python -m deploy CONFIG`: build and deploy the modules, as any CI should.

Runs the stock `cdf`, and stops where `cdf` would go on (deploy/toolkit.py).
"""

import argparse
import sys
from pathlib import Path

from deploy.toolkit import StopError, built, require_variables


def main() -> None:
    """Build and deploy, or stop."""
    parser = argparse.ArgumentParser(prog="deploy", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("config", type=Path, help="config.dev.yaml or config.prod.yaml")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    options = parser.parse_args()
    try:
        deploy(options.config, options.dry_run)
    except StopError as reason:
        sys.exit(f"Stopped: {reason}")


def deploy(config: Path, dry_run: bool) -> None:
    """Build the modules that the config selects, and deploy them to its project.

    Raises:
        StopError: The deployment must not go on.
    """
    with built(config) as toolkit:
        require_variables(toolkit)
        toolkit.on_project("deploy", *(["--dry-run"] if dry_run else []))


if __name__ == "__main__":
    main()
