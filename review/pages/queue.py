"""The queue: one reading at a time, its picture, its candidates, and a key for each decision."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from cognite.client.exceptions import CogniteException

from image360.state.pairs import AssetKey
from review import around
from review.assets import Told
from review.desk import Desk
from review.difference import as_html, in_words
from review.pages.filters import show as show_filters
from review.pages.shown import HAS_KEYS, button, embedded, plain
from review.pictures import Photograph, PictureError, crop, small_faces
from review.waiting import Entry

STYLE = """<style>
.difference code { display: block; font-size: 1.35rem; line-height: 1.5; white-space: pre; background: none }
.difference del { background: #ffd0c8; color: #7a1400; text-decoration: none }
.difference ins { background: #c8ecd2; color: #00501a; text-decoration: none }
</style>"""
DIGITS = "23456789"  # keys of candidates; the first is approved


def show(desk: Desk) -> None:
    """Show the queue."""
    st.html(STYLE)
    with st.sidebar:
        show_filters(desk)
        progress = st.container()
    _show_item(desk)
    with progress:  # last: to count takes CDF longer than to show the first
        _show_progress(desk)


def _show_item(desk: Desk) -> None:
    if desk.message:
        st.info(plain(desk.message))
    if desk.entry is None:
        _show_end(desk)
        return
    pictures, words = st.columns([5, 4])
    with words:
        _show_words(desk, desk.entry)
    with pictures:
        _show_picture(desk, desk.entry)


def _show_end(desk: Desk) -> None:
    left = len(desk.skipped)
    st.success("Nothing waits here." + (f" {left} were skipped." if left else ""))
    button("Start over", "over", desk.start_over, desk, "Enter")
    if desk.done:
        button("Undo the last", "undo", desk.undo, desk, "Z")


def _show_words(desk: Desk, entry: Entry) -> None:
    shown, count = entry.shown, len(entry.pairs)
    assets = desk.candidates()
    proposed = assets.get(shown.pair.asset)
    st.caption(f"image {plain(shown.pair.image[1])} · level {shown.level} · score {shown.score:.3f}")
    if proposed is None:
        st.warning("The asset that was proposed is no longer in CDF. Skip it: the next run proposes anew.")
        st.code(shown.text, language=None)
    else:
        _show_candidate(shown.text, proposed)
        st.caption(plain(shown.reason))
    if shown.pair in entry.linked:
        st.warning("The asset is linked at another place of this image: rejecting takes that link back, too.")
    if len(entry.places(shown.pair)) > 1:
        places = ", ".join(plain(each.text) for each in entry.places(shown.pair))
        st.caption(
            f"Read at {len(entry.places(shown.pair))} places of this image: {places}. All are decided."
        )
    with st.container(horizontal=True):
        _decides(desk, entry, "Approve", partial(desk.decide, "approve"), "A")
        _decides(desk, entry, "Reject", partial(desk.decide, "reject"), "X")
        _decides(desk, entry, "Skip", desk.skip, "S")
        button("Undo the last", "undo", desk.undo, desk, "Z")
        _decides(desk, entry, "Not always" if desk.always else "Always", desk.switch_always, "T")
    if desk.always:
        st.info("What you approve next holds for this text, wherever it is read in the collection.")
    if count > 1:
        st.caption(f"This reading waits on {count} images.")
        with st.container(horizontal=True):
            approve, reject = (partial(desk.decide, each, group=True) for each in ("approve", "reject"))
            _decides(desk, entry, f"Approve all {count}", approve, "Shift+A")
            _decides(desk, entry, f"Reject all {count}", reject, "Shift+X")
    if not HAS_KEYS:
        st.caption("This version of Streamlit knows no keys for buttons: Tab and Enter do it.")
    _show_others(desk, entry, assets.get(shown.runner_up) if shown.runner_up is not None else None)


def _show_others(desk: Desk, entry: Entry, runner_up: Told | None) -> None:
    """Show what it may be instead: the runner-up, and whatever a search finds."""
    words = st.text_input("Search for another asset", key=f"search-{entry.shown.external_id}")
    others = [runner_up] if runner_up is not None else []
    if words:
        try:
            found = desk.assets.search(words)
        except CogniteException as error:
            st.error(f"The search did not work: {plain(str(error))}")
            return
        others += [each for each in found.assets if each not in others]
        if found.more:
            st.caption(f"More than {len(found.assets)} fit: name it more closely.")
        if not found.assets:
            st.caption("No asset of the config has these words.")
    for place, other in enumerate(each for each in others if each.key != entry.shown.pair.asset):
        _show_candidate(entry.shown.text, other)
        if other is runner_up:
            st.caption("runner-up of the machine")
        with st.container(horizontal=True):
            key = DIGITS[place] if place < len(DIGITS) else None
            _decides(desk, entry, "It is this one", _instead(desk, other.key), key, f"-{place}")
            if len(entry.pairs) > 1:
                label = f"On all {len(entry.pairs)} images"
                _decides(desk, entry, label, _instead(desk, other.key, group=True), None, f"-{place}")


def _decides(
    desk: Desk, entry: Entry, label: str, act: Callable[[], None], shortcut: str | None, name: str = ""
) -> None:
    """Show a button that is of what is shown: a key that is struck twice does not decide what comes next."""

    def acted() -> None:
        if desk.entry is entry:
            act()

    button(label, f"{label}{name}-{entry.shown.external_id}", acted, desk, shortcut)


def _instead(desk: Desk, key: AssetKey, *, group: bool = False) -> Callable[[], None]:
    return partial(desk.decide, "change", key, group=group)


def _show_candidate(read: str, asset: Told) -> None:
    st.html(as_html(read, asset.name))
    told = [in_words(read, asset.name), asset.external_id, asset.description]
    st.caption(" · ".join(plain(each) for each in told if each))


def _show_picture(desk: Desk, entry: Entry) -> None:
    polygon = entry.shown.polygon
    try:
        photograph = _photograph(desk, entry.shown.pair.image[1])
        st.image(crop(photograph, polygon))
        looks = st.session_state.get("looks", False)
        label = "Close the 360° image" if looks else "Look about in the 360° image"
        button(label, "look", lambda: st.session_state.update(looks=not looks), desk, "L")
        if looks:
            title = f"360° image {entry.shown.pair.image[1]}"
            embedded(around.page(small_faces(photograph), polygon, title), 480)
    except PictureError as error:
        st.warning(f"No picture: {plain(str(error))}.")


def _photograph(desk: Desk, name: str) -> Photograph:
    """Return an image; its faces stay loaded while it is shown."""
    kept = st.session_state.get("photograph")
    if kept is None or kept.image.external_id != name:
        kept = st.session_state["photograph"] = Photograph.find(desk.client, desk.config, name)
    return kept


def _show_progress(desk: Desk) -> None:
    try:
        desk.count()
    except CogniteException as error:
        st.caption(f"Nothing can be counted: {plain(str(error))}")
    if desk.unlisted:
        st.warning(
            f"CDF does not list {desk.unlisted} others yet: it is still building an index. Start over later."
        )
    done = desk.counts()
    here = sum(done.values())
    if desk.total is not None and desk.total > 0:
        st.progress(min(1.0, here / desk.total), f"{here} decided by you of {desk.total} that waited")
    else:
        st.write(f"{here} decided by you")
    told = {"approve": "approved", "reject": "rejected", "change": "changed"}
    st.caption(", ".join(f"{done.get(each, 0)} {name}" for each, name in told.items()))
    ever = sum(desk.decided.values())
    st.caption(f"{ever} decisions by anybody so far. You are {plain(desk.verdicts.person)}.")
