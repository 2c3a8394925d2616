"""The pages of the app. Each is a function of its own here: a further one is a line in `main`."""

import streamlit as st
from cognite.client.exceptions import CogniteAPIError, CogniteException

from image360.errors import Image360Error
from review.connection import sit_down
from review.desk import Desk
from review.pages import quality, queue, spreadsheet
from review.pages.shown import plain


def main() -> None:
    """Show the page that is asked for."""
    st.set_page_config(page_title="image360 review", layout="wide")
    pages = [
        st.Page(_queue, title="Queue", url_path="queue", default=True),
        st.Page(_spreadsheet, title="Spreadsheet", url_path="spreadsheet"),
        st.Page(_quality, title="Quality", url_path="quality"),
    ]
    st.navigation(pages).run()


def _queue() -> None:
    if desk := _desk():
        with desk.lock:
            queue.show(desk)


def _spreadsheet() -> None:
    if desk := _desk():
        with desk.lock:
            spreadsheet.show(desk)


def _quality() -> None:
    if desk := _desk():
        with desk.lock:
            quality.show(desk)


def _desk() -> Desk | None:
    """Return the desk of this browser tab; None, and said why, where there is none to sit at."""
    if "desk" not in st.session_state:
        try:
            st.session_state["desk"] = sit_down()
        except (Image360Error, CogniteException) as error:
            hint = ""
            if isinstance(error, CogniteAPIError) and error.code == 403:
                hint = " Ask for the rights of the group 'image360 reviewer'."
            st.error(f"The queue cannot be read: {plain(str(error))}{hint}")
            return None
    return st.session_state["desk"]
