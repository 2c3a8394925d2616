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

WIDTH, ROW, LEFT = 640, 26, 190  # of the chart, in its own units


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
    """Draw precision and recall, a row each: a bar for the share and a line for its interval."""
    shares = [(each, name, getattr(each, name)) for each in figures for name in ("precision", "recall")]
    rows = [_bar(number, _label(each, name), share) for number, (each, name, share) in enumerate(shares)]
    height = ROW * len(rows) + 22
    ticks = "".join(
        f'<line x1="{_x(part)}" x2="{_x(part)}" y1="0" y2="{height - 20}" stroke="#bbb"/>'
        f'<text x="{_x(part)}" y="{height - 4}" text-anchor="middle">{part:.0%}</text>'
        for part in (0, 0.5, 0.9, 1)
    )
    return (
        f'<svg class="quality" role="img" aria-label="precision and recall with their intervals" '
        f'viewBox="0 0 {WIDTH} {height}" font-size="12" fill="currentColor">{ticks}{"".join(rows)}</svg>'
    )


def _bar(number: int, label: str, share: Share) -> str:
    top, middle = number * ROW, (number + 0.5) * ROW
    low, high = share.interval
    colour = "#2a7ab9" if label.endswith("precision") else "#8a8a8a"
    bar = f'<rect x="{LEFT}" y="{top + 6}" width="{_x(share.value or 0) - LEFT:.1f}" height="{ROW - 12}"'
    reach = (
        f'<line x1="{_x(low):.1f}" x2="{_x(high):.1f}" y1="{middle}" y2="{middle}" stroke="currentColor"/>'
    )
    name = f'<text x="{LEFT - 6}" y="{middle + 4}" text-anchor="end">{html.escape(label)}</text>'
    title = f"<title>{html.escape(f'{label}: {share}')}</title>"
    return f'<g>{title}{name}{bar} fill="{colour}"/>{reach}</g>'


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - 20)


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
