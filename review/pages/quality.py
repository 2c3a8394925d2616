"""What the approve levels are worth, on what people have decided so far."""

import html
from collections.abc import Sequence

import streamlit as st
from cognite.client.exceptions import CogniteException

from review.desk import Desk
from review.pages.shown import plain
from review.quality import (
    APPROVES_FROM,
    LEVELS,
    Evidence,
    Figure,
    Share,
    config_lines,
    evidence,
    figure,
    table,
)

SHOWN = ("precision", "recall")
COLOURS = {"precision": "#2a7ab9", "recall": "#9a9a9a"}
TICKS = (0.0, 0.5, 0.9, 1.0)
# A row: what it is, the bar, the figures.
GRID = "display:grid;grid-template-columns:15em minmax(8em,30em) 15em;gap:.3em 1em;font-size:.85rem"
LINE = "position:absolute;top:0;bottom:0;width:1px;background:#8884"
BAR = "position:absolute;left:0;top:.25em;bottom:.25em"
REACH = "position:absolute;top:calc(50% - 1px);height:2px;background:currentColor"


def show(desk: Desk) -> None:
    """Show what can be chosen, what it is worth, and all figures."""
    read = st.button("Read again", key="read")
    if read or "evidence" not in st.session_state:
        try:
            st.session_state["evidence"] = evidence(desk.client, desk.config.state.space)
        except CogniteException as error:
            st.error(f"The decisions cannot be read: {plain(str(error))}")
            return
    found: Evidence = st.session_state["evidence"]
    _say_of_what(found)
    if not found.judged:
        st.info("Nobody has decided on anything yet of which it is known what the machine had said.")
        return
    _show_choice(desk, found)
    figures = table(found.judged)
    st.subheader("Each level by itself")
    st.html(chart([each for each in figures if each.score in (0.0, APPROVES_FROM)]))
    st.dataframe([_row(each) for each in figures], hide_index=True)


def _say_of_what(found: Evidence) -> None:
    right = sum(each.is_right for each in found.judged)
    st.write(
        f"Of {len(found.judged)} decisions it is known what the machine had said; {right} of them agree with "
        f"it. {found.unknown} others are in no figure."
        + ("" if found.is_all else " There are more decisions than are looked at here.")
    )
    st.caption(
        "These are figures of what people have decided on, and that is no sample: they decide on what was "
        "doubtful, and on links that they saw to be wrong. What the machine has approved and nobody has "
        "looked at is in none of them. So a level that is approved already looks worse here than it is, and "
        "how it does on texts that nobody was asked about is not told. Look at the lower end of the interval."
    )


def _show_choice(desk: Desk, found: Evidence) -> None:
    st.subheader("If these were approved without a person")
    approval = desk.config.approval
    levels = st.multiselect("Levels", LEVELS, list(approval.levels))
    score = st.slider("From this score on", APPROVES_FROM, 1.0, approval.from_score, 0.005, format="%.3f")
    chosen = figure(found.judged, levels, score)
    st.html(chart([chosen]))
    st.write(f"Right, of what would be approved: {_counted(chosen.precision)}.")
    st.write(f"Approved, of what is right: {_counted(chosen.recall)}.")
    if levels:
        st.write("In the config of the extraction pipeline that is:")
        st.code(config_lines(levels, score), language="yaml")
    else:
        st.info("At least one level is to be approved: to stop all of it, set paused: true.")


def chart(figures: Sequence[Figure]) -> str:
    """Draw precision and recall, a row each: a bar for the share and a line for its interval.

    In plain HTML: Streamlit takes SVG out of a page, and a library for charts would have to be loaded.
    """
    rows = [_bar(_label(each, name), name, getattr(each, name)) for each in figures for name in SHOWN]
    ticks = "".join(
        f'<span style="position:absolute;left:{part:.0%};transform:translateX(-50%)">{part:.0%}</span>'
        for part in TICKS
    )
    scale = f'<span></span><span style="position:relative;height:1.4em">{ticks}</span><span></span>'
    return f'<div class="quality" style="{GRID}">{"".join(rows)}{scale}</div>'


def _bar(label: str, name: str, share: Share) -> str:
    low, high = share.interval
    lines = "".join(f'<span style="{LINE};left:{part:.0%}"></span>' for part in TICKS)
    bar = f"{BAR};width:{share.value or 0:.2%};background:{COLOURS[name]}"
    reach = f"{REACH};left:{low:.2%};width:{high - low:.2%}"
    track = f'{lines}<span class="bar" style="{bar}"></span><span style="{reach}"></span>'
    return (
        f'<span style="text-align:right">{html.escape(label)}</span>'
        f'<span style="position:relative">{track}</span><span>{html.escape(str(share))}</span>'
    )


def _label(each: Figure, name: str) -> str:
    what = each.levels[0] if len(each.levels) == 1 else f"{len(each.levels)} levels"
    return f"{what} from {each.score:g}: {name}"


def _counted(share: Share) -> str:
    return plain(f"{share.part} of {share.whole}, {share}")


def _row(each: Figure) -> dict[str, object]:
    return {
        "level": each.levels[0],
        "from score": each.score,
        "decided": each.precision.whole,
        "right": each.precision.part,
        "precision": str(each.precision),
        "recall": str(each.recall),
        "without a person": "as the config says" if each.score >= APPROVES_FROM else "never",
    }
