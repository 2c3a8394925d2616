"""The queue as a spreadsheet: out as CSV, and back in, looked at before anything is written."""

import streamlit as st
from cognite.client.exceptions import CogniteException

from review.desk import Desk
from review.pages.shown import plain
from review.sheet import FILLED, Sheet, SheetError, export, read
from review.waiting import Waiting

MOST_SHOWN = 200  # rows of a table


def show(desk: Desk) -> None:
    """Show the way out and the way in."""
    st.subheader("Export")
    st.write("The queue as the filters of the other page leave it, for a spreadsheet.")
    if st.button("Make the file", key="make"):
        try:
            st.session_state["sheet"] = export(desk.waiting.all(), desk.assets)
        except CogniteException as error:
            st.error(f"The queue cannot be read: {plain(str(error))}")
    if "sheet" in st.session_state:
        st.download_button("Download", st.session_state["sheet"], "image360-queue.csv", "text/csv")
    st.subheader("Import")
    st.write(f"Fill in {', '.join(FILLED)}; leave all else as it is. Nothing is written before you say so.")
    file = st.file_uploader("A file that was exported here", type="csv")
    if file is None:
        return
    try:
        sheet = read(file.getvalue(), Waiting(desk.client, desk.waiting.space), desk.assets)
    except SheetError as error:
        st.error(plain(str(error)))
        return
    except CogniteException as error:
        st.error(f"The rows cannot be held against the queue: {plain(str(error))}")
        return
    _show_dry_run(desk, sheet)


def _show_dry_run(desk: Desk, sheet: Sheet) -> None:
    count = len(sheet.rulings)
    st.write(f"{count} decisions fit, {len(sheet.faults)} rows do not, {sheet.blank} say nothing.")
    if sheet.faults:
        st.dataframe([{"row": each.row, "why": each.why} for each in sheet.faults[:MOST_SHOWN]])
    if not count:
        return
    if st.button(f"Write {count} decisions", key="write"):
        outcome = desk.write(sheet.rulings)
        st.success(f"{len(outcome.written)} written.")
        for pair, why in list(outcome.refused.items())[:MOST_SHOWN]:
            st.warning(plain(f"not {pair.name}: {why}"))
