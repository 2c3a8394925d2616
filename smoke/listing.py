"""How lists behave, judged by items that were made one after the other."""

from collections.abc import Sequence
from typing import Any

from smoke.probe import Told, expect
from smoke.scratch import Scratch

MADE = 8  # enough that chance gives the order of making once in 40 320 times
LIST_LAG, ORDER, FULL_PAGE = "list-lag", "list-order", "full-page-cursor"


def lag(scratch: Scratch, path: str, body: dict[str, Any], number: int) -> Told:
    """Look in a list for what was made just now, by its internal id."""

    def listed() -> bool:  # until it is, what it belongs to may be unknown to the list as well
        return number in _ids(scratch, path, body)

    if listed():
        return Told("there at once", {LIST_LAG: "0"})
    return Told(f"there after {scratch.until(listed, 'a new item in the list'):.1f} s", {LIST_LAG: "1000"})


def pages(scratch: Scratch, path: str, body: dict[str, Any], made: Sequence[int]) -> Told:
    """List what was made, by internal ids in the order of making: its order, and the end of a full page."""
    whole = {**body, "limit": len(made) + 1}
    scratch.until(lambda: len(_ids(scratch, path, whole)) == len(made), "all that was made")
    listed = _ids(scratch, path, whole)
    option = "by-time" if listed == list(made) else "by-id" if listed == sorted(made) else "another order"
    full = scratch.get(path, {**body, "limit": len(made)})
    settled = {ORDER: option, FULL_PAGE: "given" if full.get("nextCursor") else "none"}
    expect(len(full["items"]) == len(made), f"{len(full['items'])} of {len(made)} items in a full page")
    return Told(f"{option}; cursor of a full page: {settled[FULL_PAGE]}", settled)


def _ids(scratch: Scratch, path: str, body: dict[str, Any]) -> list[int]:
    return [each["id"] for each in scratch.ask(path, body).body.get("items", ())]
