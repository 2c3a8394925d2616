"""Take image360 out of a project: `python -m deploy.remove CONFIG`.

Lists what goes and what stays, asks, and deletes: first what starts anything, by `cdf clean`, then the state,
its schema and its spaces, which `cdf clean` leaves. Images, assets and whatever else image360 has not made
stay; so do the approvals and what people have decided, unless --approvals is given. What has stayed for a
reason that passes goes when the command is run again.
"""

import argparse
import sys
from pathlib import Path

from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError

from deploy.belongings import Belongings, Deployed, belongings
from deploy.toolkit import StopError, Toolkit, built
from image360.environment import project_of
from image360.errors import Image360Error

# In what `cdf clean` has a hand: all that starts functions, with their config and rights, and the review app.
CLEANED = ("workflows", "functions", "extraction_pipelines", "streamlit", "auth")


def main() -> None:
    """List, ask and delete, or stop."""
    description, _, explained = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog="deploy.remove", description=description, epilog=explained)
    parser.add_argument("config", type=Path, help="config.dev.yaml or config.prod.yaml, as it was deployed")
    parser.add_argument(
        "--approvals", action="store_true", help="also links on images, and people's decisions"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would go, and delete nothing")
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # in a CI's log, what `cdf` says comes in between
    try:
        with built(options.config) as toolkit:
            remove(toolkit, options.approvals, options.dry_run, options.yes)
    except (StopError, Image360Error, CogniteAPIError) as reason:
        sys.exit(f"Stopped: {reason}")


def remove(toolkit: Toolkit, approvals: bool, dry_run: bool, yes: bool) -> None:
    """Take away what the build has brought into the project, and what came of it.

    Raises:
        StopError: Nobody agrees to it, or something has stayed that should have gone.
    """
    client = project_of(toolkit.environment).client("image360-remove")
    deployed = Deployed.read(toolkit.build)
    included = [option for kind in CLEANED for option in ("--include", kind)]
    toolkit.on_project("clean", "--dry-run", "--verbose", *included)
    tell(belongings(client, deployed, approvals), toolkit.project)
    if dry_run:
        return
    if not yes:
        require_consent(toolkit.project)
    toolkit.on_project("clean", *included)
    # Looked for again: a call that ran may have written meanwhile.
    left = take_away(client, deployed, approvals)
    if left:
        raise StopError(f"not gone: {'; '.join(left)}. Run it again, or see who else uses it")


def tell(found: Belongings, project: str) -> None:
    """Say what goes beside what `cdf clean` has listed, and what stays."""
    print(f"Beside that, in project {project}:")
    for part in found.going:
        print(f"  goes:  {part.count} {part.what}")
    for each in found.staying:
        print(f"  stays: {each}")


def require_consent(project: str) -> None:
    """Ask; raise StopError unless somebody types the name of the project."""
    if not sys.stdin.isatty():
        raise StopError("nothing was deleted: nobody is here to ask. Add --yes to go on")
    print(f"Type the name of the project to delete all that goes ({project}):", flush=True)
    if sys.stdin.readline().strip() != project:
        raise StopError("nothing was deleted")


def take_away(client: CogniteClient, deployed: Deployed, approvals: bool) -> list[str]:
    """Delete what goes; return what has not, and why."""
    left: list[str] = []
    for part in belongings(client, deployed, approvals).going:
        try:
            part.delete()
            print(f"  gone:  {part.count} {part.what}")
        except CogniteAPIError as refusal:
            left.append(f"{part.what}: {refusal.message}")
    return left


if __name__ == "__main__":
    main()
