"""A report as one HTML file."""

import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from report.findings import Report
from report.page import build_page
from report.shown import visible
from report.viewer import Bundle


def write_report(path: Path, report: Report, viewer: Bundle | None = None) -> None:
    """Write one HTML file that holds its pictures and needs nothing else: it opens from disk, offline.

    Args:
        path: Of the file.
        report: What it tells.
        viewer: The panorama viewer; without one the faces are shown flat, and the page says how to get it.
    """
    pages = Environment(
        loader=PackageLoader("report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["visible"] = visible
    pages.filters["data"] = _data
    page = pages.get_template("report.html.j2").render(page=build_page(report), viewer=viewer)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _data(value: object) -> Markup:
    """Values as JSON within a script element, which nothing in them can end."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above
