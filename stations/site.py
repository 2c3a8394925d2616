"""Two stations of a plant, drawn here: every text on them is known, with its place and its asset."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from demo.score import StoredLink
from demo.site import Site, SiteAsset, SiteImage
from image360.geometry import FACES, direction_to_face_uv, polygon_centre

FACE_PX = 256
INK, PLATE, WALL = (15, 15, 20), (240, 240, 235), (120, 130, 135)
PUMP_ROOM = ("21-PT-1019", "45-VA-0012")
# What stands on the faces of each station; the faces that are not named are bare.
TEXTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "station1": {"left": PUMP_ROOM},
    # One tag stands here twice, and CDF may keep no more than one link for an asset on an image.
    "station2": {"left": PUMP_ROOM, "top": ("21-PT-1042",), "front": ("21-PT-1019",)},
}
# What stands on the first station once a plate is put up there.
LATER = {**TEXTS["station1"], "top": ("21-PT-1042",)}
# Sixty tags that differ in their last digits, and two assets that share a name.
ASSETS = (
    *(SiteAsset(f"21-PT-10{number:02}", f"asset-10{number:02}") for number in range(60)),
    SiteAsset("45-VA-0012", "vessel"),
    SiteAsset("21-HV-2034", "valve-a"),
    SiteAsset("21-HV-2034", "valve-b"),
)
_ASSET_OF = {asset.name: asset.external_id for asset in ASSETS}
Box = tuple[float, float, float, float]  # left, top, right, bottom; 0 to 1 of the face


@dataclass(frozen=True, order=True)
class Approval:
    """An asset linked to an image; `place` is the face whose text the link lies over, else "no text"."""

    image: str
    place: str
    asset: str
    status: str = "approved"


def painted(texts: Sequence[str]) -> tuple[Image.Image, Mapping[str, Box]]:
    """Return a wall with plates on it, one above the other, and where the ink of each text is."""
    picture = Image.new("RGB", (FACE_PX, FACE_PX), WALL)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(
        font_manager.findfont("DejaVu Sans"), FACE_PX // 16, layout_engine=ImageFont.Layout.BASIC
    )
    boxes: dict[str, Box] = {}
    for row, text in enumerate(texts):
        at = FACE_PX // 4, FACE_PX // 4 + row * FACE_PX // 5
        left, top, right, bottom = draw.textbbox(at, text, font=font)
        draw.rectangle((left - 6, top - 4, right + 6, bottom + 5), fill=PLATE)
        draw.text(at, text, font=font, fill=INK)
        boxes[text] = left / FACE_PX, top / FACE_PX, right / FACE_PX, bottom / FACE_PX
    return picture, boxes


def site_in(folder: Path) -> Site:
    """Draw the stations into a folder."""
    return Site("stations", tuple(_images(folder)), ASSETS, None)


def _images(folder: Path) -> Iterator[SiteImage]:
    for number, (name, texts) in enumerate(TEXTS.items()):
        faces = {face: folder / name / f"{face}.png" for face in FACES}
        (folder / name).mkdir(parents=True)
        for face, path in faces.items():
            painted(texts.get(face, ()))[0].save(path)
        # Moved and turned: what is written must not depend on it.
        place, turn = (1.0 + number, 2.0, 3.0), (0.1, 0.2, 0.3 + number)
        yield SiteImage(name, faces, None, name, name, None, place, turn)


def expected() -> list[Approval]:
    """Return what is to be found in the store in the end."""
    return sorted(
        Approval(image, face, _ASSET_OF[text])
        for image, faces in TEXTS.items()
        for face, texts in faces.items()
        for text in texts
    )


@dataclass(frozen=True)
class Verdict:
    """What is not as it is to be in the store: nothing, where this is empty."""

    wrong: Sequence[Approval]
    double: Sequence[Approval]
    missing: Sequence[Approval]

    @classmethod
    def on(cls, approvals: Sequence[Approval], held: Collection[tuple[str, str]]) -> "Verdict":
        """Judge approvals; an asset with one on the image may lack others there that are `held`."""
        wanted, there = expected(), set(approvals)
        linked = {(each.image, each.asset) for each in approvals}
        return cls(
            wrong=[each for each in approvals if each not in wanted],
            double=[each for each, times in Counter(approvals).items() if times > 1],
            missing=[
                each
                for each in wanted
                if each not in there and (each.image, each.asset) not in linked.intersection(held)
            ],
        )


AS_IT_IS_TO_BE = Verdict([], [], [])


def found(links: Sequence[StoredLink]) -> list[Approval]:
    """Say of links in the store over which text the middle of each lies, if it is one of its asset."""
    return sorted(Approval(link.image, _place(link), link.asset, link.status) for link in links)


def _place(link: StoredLink) -> str:
    face, u, v = (each.item() for each in direction_to_face_uv(polygon_centre(link.polygon)))
    _, boxes = painted(TEXTS[link.image].get(face, ()))
    over = [
        text
        for text, (left, top, right, bottom) in boxes.items()
        if left < u < right and top < v < bottom and _ASSET_OF[text] == link.asset
    ]
    return face if over and link.part in (face, "whole") else "no text"
