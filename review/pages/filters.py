"""What of the queue is asked for."""

from dataclasses import replace

import streamlit as st
from cognite.client.exceptions import CogniteException

from image360.config import AssetCentricConfig
from review.desk import Desk
from review.pages.shown import plain
from review.waiting import Wanted

LEVELS = ("exact", "normalised", "alias", "learned", "misread", "partial", "fuzzy")
ALL = "all"


def show(desk: Desk) -> None:
    """Show the filters, and go through what they leave when they are changed."""
    config = desk.config
    collections = config.images.sites if isinstance(config, AssetCentricConfig) else config.images.collections
    collection = st.selectbox("Collection", (ALL, *collections))
    level = st.selectbox("Level", (ALL, *LEVELS))
    least, most = st.slider("Score", 0.0, 1.0, (0.0, 1.0), 0.01)
    area = st.text_input("Asset area", help="External id of an asset: it and all below it.").strip()
    wanted = Wanted(None if collection == ALL else collection, None if level == ALL else level, least, most)
    asked = (wanted, area)
    if st.session_state.get("asked", (Wanted(), "")) == asked:
        return
    try:
        found = desk.assets.below(area) if area else None
        if area and found is None:
            st.error(f"There is no asset {plain(area)}: all areas are shown.")
        desk.look_for(replace(wanted, area=found))
        st.session_state["asked"] = asked
    except (CogniteException, ValueError) as error:
        st.error(f"That cannot be asked for: {plain(str(error))}")
