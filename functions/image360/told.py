"""Summaries that keep within what CDF takes: of a run's message, of a function's answer."""

import json
from collections.abc import Mapping
from typing import Any


def fitted(summary: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Return the summary as it fits into `limit` characters of JSON: its longest lists and texts are cut."""
    kept = dict(summary)
    while (over := len(json.dumps(kept)) - limit) > 0:
        lengths = {key: len(json.dumps(each)) for key, each in kept.items() if _can_be_cut(each)}
        if not lengths:
            break
        longest = max(lengths, key=lambda key: lengths[key])
        kept[longest] = _cut(kept[longest], over)
    return kept


def _can_be_cut(value: object) -> bool:
    return bool(value) and isinstance(value, (list, str))


def _cut(value: Any, over: int) -> Any:
    return value[: -max(1, min(over, len(value) // 2))] if isinstance(value, str) else value[:-1]
