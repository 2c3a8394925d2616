"""How things are shown, whatever the version of Streamlit: CDF's is not ours to choose."""

import inspect
import re
from collections.abc import Callable

import streamlit as st
from cognite.client.exceptions import CogniteException

from image360.errors import Image360Error
from review.desk import Desk

HAS_KEYS = "shortcut" in inspect.signature(st.button).parameters
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$&@/])")


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is, whatever stands in it."""
    return MARKDOWN.sub(r"\\\1", text).replace("\n", " ")


def button(label: str, name: str, act: Callable[[], None], desk: Desk, shortcut: str | None = None) -> None:
    """Show a button; what goes wrong when it acts is said, and nothing is lost."""

    def acted() -> None:
        try:
            with desk.lock:
                act()
        except (CogniteException, Image360Error) as error:
            desk.message = f"That did not work: {error}. Nothing is lost: try again."

    if HAS_KEYS and shortcut:
        st.button(label, key=name, on_click=acted, shortcut=shortcut)
    else:
        st.button(label, key=name, on_click=acted)


def embedded(page: str, height: int) -> None:
    """Show a whole HTML page of our own within the page."""
    if hasattr(st, "iframe"):
        st.iframe(page, height=height)
    else:  # Streamlit before it had one
        from streamlit.components.v1 import html

        html(page, height=height)
