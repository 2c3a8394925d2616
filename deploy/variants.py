"""The code of each function variant and of the review app: folders of links, and their requirements.

`python -m deploy.variants` (`make links`) puts the links in place; with `--copies` it puts copies there, for
a checkout without symlinks (git's core.symlinks=false, some unpackers): the toolkit would find no code, or
the text of a link. Copies are not to be committed.

CDF installs the whole requirements.txt of a function, and that is where the variants differ:
docs/decisions/0009-what-a-function-carries.md. The toolkit follows links to files and to the folder
of a function, and drops links to folders inside it; that is why each file has a link of its own.
"""

import argparse
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = "functions"
APP = "review"
REQUIREMENTS = "requirements.txt"
SUFFIXES = (".py", ".onnx", ".md")  # of what is code: no cache, nothing that was left lying about
LAPTOP = ("image360/__main__.py",)
TINY_DETECTOR = ("image360/detection/MODELS.md", "image360/detection/PP-OCRv6_det_tiny.onnx")


@dataclass(frozen=True)
class Variant:
    """What a function carries: all of the code but what is left out, and its requirements."""

    left_out: tuple[str, ...]
    functions: tuple[str, ...]
    """The folders under modules/ whose code it is."""
    requirements: str | None = None
    """Where they are, if not in the folder of the variant itself."""


VARIANTS = {
    "ocr": Variant(
        (*LAPTOP, *TINY_DETECTOR),
        ("image360_ocr/functions/fn_image360_detect", "image360_auto/functions/fn_image360_detect"),
        f"{CODE}/{REQUIREMENTS}",
    ),
    "ocr_tiny": Variant(LAPTOP, ("image360_ocr_tiny/functions/fn_image360_detect",)),
    "light": Variant(
        (*LAPTOP, *TINY_DETECTOR),
        (
            "image360/functions/fn_image360_match",
            "image360_jobs_3d/functions/fn_image360_detect",
            "image360_vision/functions/fn_image360_detect",
        ),
    ),
}

# What the review app shares with the functions; nothing in it needs more than a browser has (Pyodide). The
# toolkit uploads the .py files of its folder, and reads through links to files as it does for functions.
APP_SHARES = (
    "image360/__init__.py",
    "image360/asset_scope.py",
    "image360/catalog/*.py",
    "image360/config.py",
    "image360/download.py",
    "image360/environment.py",
    "image360/errors.py",
    "image360/geometry.py",
    "image360/nodes.py",
    "image360/state/__init__.py",
    "image360/state/decisions.py",
    "image360/state/ids.py",
    "image360/state/pairs.py",
    "image360/write_once.py",
)
APP_ENTRY = "main.py"
APP_FOLDER = "image360_review/streamlit/image360_review"


def wanted(root: Path = ROOT) -> dict[Path, Path]:
    """Return what is to stand where: for each link, the file or the folder that it stands for."""
    code = sorted(path for path in (root / CODE).rglob("*") if path.suffix in SUFFIXES)
    links: dict[Path, Path] = {}
    for name, variant in VARIANTS.items():
        folder = root / "variants" / name
        for file in code:
            inside = file.relative_to(root / CODE).as_posix()
            if inside not in variant.left_out:
                links[folder / inside] = file
        if variant.requirements:
            links[folder / REQUIREMENTS] = root / variant.requirements
        links.update({root / "modules" / function: folder for function in variant.functions})
    return {**links, **_app(root)}


def _app(root: Path) -> dict[Path, Path]:
    """Return the links of the review app: its own code, its entry, and what it shares with the functions."""
    folder, own = root / "variants" / APP, root / APP
    shared = [file for pattern in APP_SHARES for file in sorted((root / CODE).glob(pattern))]
    links = {folder / file.relative_to(root / CODE): file for file in shared}
    code = [file for file in sorted(own.rglob("*.py")) if file.name != APP_ENTRY]
    links |= {folder / APP / file.relative_to(own): file for file in code}
    links[folder / APP_ENTRY] = own / APP_ENTRY
    links[root / "modules" / APP_FOLDER] = folder
    return links


def unwanted(links: Mapping[Path, Path], root: Path = ROOT) -> list[Path]:
    """Return the files in the folders of the variants that nothing in functions/ stands behind."""
    own = {root / "variants" / name / REQUIREMENTS for name in (*VARIANTS, APP)}
    there = (path for path in (root / "variants").rglob("*") if path.is_symlink() or path.is_file())
    return sorted(path for path in there if path not in links and path not in own)


def is_link(link: Path, source: Path) -> bool:
    """Whether the link is in place."""
    return link.is_symlink() and link.readlink().as_posix() == _target(link, source)


def put(root: Path = ROOT, copies: bool = False) -> list[Path]:
    """Put the links, or copies, in place and take away what is unwanted; return what was changed."""
    links = wanted(root)
    changed = unwanted(links, root)
    for path in changed:
        path.unlink()
    for link, source in links.items():  # the files of a variant before the functions that it is copied to
        if copies:
            _copy(source, link)
        elif not is_link(link, source):
            _remove(link)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(_target(link, source))
        else:
            continue
        changed.append(link)
    return changed


def _target(link: Path, source: Path) -> str:
    return Path(os.path.relpath(source, link.parent)).as_posix()


def _copy(source: Path, target: Path) -> None:
    _remove(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def main() -> None:
    """Put links or copies in place and say so."""
    parser = argparse.ArgumentParser(prog="deploy.variants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--copies", action="store_true", help="copies, where the checkout has no symlinks")
    copies = parser.parse_args().copies
    changed = put(copies=copies)
    for path in changed:
        print(path.relative_to(ROOT).as_posix())
    kind = "copies" if copies else "links"
    print(f"{len(changed)} paths changed: all {kind} are in place")
    if copies:
        print("Do not commit them: `git checkout -- modules variants` brings the links back.")


if __name__ == "__main__":
    main()
