"""What a run on the sample site must reach; below it, `make demo` fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Floor:
    """One demand on the summary: what it is about, what is wanted, what was reached."""

    name: str
    wanted: str
    reached: str
    holds: bool

    def __str__(self) -> str:
        return f"{self.name}: {self.reached}, wanted {self.wanted}"


def check_floors(summary: Mapping[str, Any]) -> tuple[Floor, ...]:
    """Every floor with what was reached, from the keys of summary.json."""
    return (
        _none(summary, "wrong_approvals"),
        _none(summary, "duplicates"),
        _at_least(summary, "tags_in_truth", 120),
        _share(summary, "legible_approved", "legible_tags", 0.88),
        _share(summary, "legible_shown", "legible_tags", 0.94),
        _share(summary, "approved", "tags_in_truth", 0.60),
        Floor("iou_ok", f"at least {_percent(0.95)}", _percent(summary["iou_ok"]), summary["iou_ok"] >= 0.95),
    )


def floors(summary: Mapping[str, Any]) -> list[str]:
    """The floors that were missed, a line each; empty when the run holds them all."""
    return [str(floor) for floor in check_floors(summary) if not floor.holds]


def _none(summary: Mapping[str, Any], key: str) -> Floor:
    return Floor(key, "0", str(summary[key]), summary[key] == 0)


def _at_least(summary: Mapping[str, Any], key: str, least: int) -> Floor:
    return Floor(key, f"at least {least}", str(summary[key]), summary[key] >= least)


def _share(summary: Mapping[str, Any], key: str, whole: str, least: float) -> Floor:
    share = summary[key] / summary[whole] if summary[whole] else 0.0
    reached = f"{summary[key]} of {summary[whole]} ({_percent(share)})"
    return Floor(key, f"at least {_percent(least)} of {whole}", reached, share >= least)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
