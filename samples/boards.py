"""What plates look like: their colours, frames, screws and grime, and how their letters are made."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.lettering import ARROWS, CAP, PRINTED, STENCILS, letter
from samples.materials import Colour, srgb
from samples.mix import Wanted
from samples.plates import Design
from samples.textures import noise

Floats = NDArray[np.float32]

MARGIN = 0.4  # cap heights around the board in its picture, for its shadow


@dataclass(frozen=True)
class Look:
    """Colours and make of a board."""

    board: Colour
    ink: Colour
    metal: float = 0.0  # share of brushed metal in the board
    gloss: float = 0.25
    relief: float = 0.0  # depth of the letters in the board; below 0 they stand out


@dataclass(frozen=True)
class Picture:
    """A board: colour (h, w, 3) in linear light times ``alpha`` (h, w); ``gloss`` (h, w) for highlights."""

    colour: Floats
    alpha: Floats
    gloss: Floats


def _look(board: str, ink: str, metal: float = 0.0, gloss: float = 0.2, relief: float = 0.0) -> Look:
    return Look(srgb(board), srgb(ink), metal, gloss, relief)


_TAG_LOOKS = (
    _look("#f2f1ea", "#16171a"),
    _look("#ecebe2", "#1c2430"),
    _look("#1b1c1f", "#f0efe8"),
    _look("#f3c614", "#141414"),
    _look("#e9b90f", "#1a1a18"),
    _look("#1d4f91", "#f4f4f0"),
    _look("#23683f", "#f1f2ec"),
    _look("#b02a25", "#f6f3ee"),
    _look("#b9bcbe", "#17181a", 0.6, 0.3),
    _look("#c9cbcb", "#1b1d20", 0.5, 0.3),
    _look("#d8d4c4", "#20211f"),
)
_FADED_LOOKS = (
    _look("#a9aba7", "#83857f"),
    _look("#d8d5c8", "#b1ad9d"),
    _look("#66756a", "#4b584f"),
    _look("#c9b765", "#a08d47"),
    _look("#76869a", "#97a6b6"),
    _look("#8f8880", "#6d665f"),
    _look("#57606b", "#788290"),
)
_ENGRAVED_LOOKS = (
    _look("#b4b7b9", "#8d9092", 0.7, 0.35, 1.0),
    _look("#bfc1bf", "#a4a7a6", 0.6, 0.35, -1.0),
    _look("#b09a63", "#85713f", 0.6, 0.35, 1.0),
    _look("#a6a8a9", "#747779", 0.7, 0.3, 1.0),
)
_STENCIL_LOOKS = (
    _look("#e7e6df", "#1a1b1d", gloss=0.1),
    _look("#d7b21c", "#171717", gloss=0.1),
    _look("#3d5f4a", "#ecece4", gloss=0.1),
    _look("#8a9094", "#141517", gloss=0.1),
    _look("#2c4f7c", "#eeeeea", gloss=0.1),
)
_SIGN_LOOKS = {
    "DANGER": _look("#b3211d", "#f5f2ee"),
    "CAUTION": _look("#f0c010", "#141414"),
    "FIRE": _look("#b3211d", "#f5f2ee"),
    "EMERGENCY": _look("#0f7a48", "#f3f5f1"),
    "EYE": _look("#0f7a48", "#f3f5f1"),
    "SAFETY": _look("#0f7a48", "#f3f5f1"),
    "WEAR": _look("#1c4fa0", "#f3f4f2"),
    "NO": _look("#f4f3ef", "#b3211d"),
}
_CONTENTS_LOOKS = (_look("#1f7a4d", "#f3f3ee"), _look("#e3b414", "#151515"), _look("#9fb3c4", "#10151a"))


def design(wanted: Wanted, rng: np.random.Generator) -> Design:
    """How the plate is made: font, board, and whether there is a board at all."""
    arrows = any("→" in line or "←" in line for line in wanted.lines)
    fonts = STENCILS if wanted.style == "stencil" else PRINTED
    fonts = ARROWS if arrows else fonts
    lettering = letter(wanted.lines, fonts[rng.integers(len(fonts))], wanted.style == "stencil")
    bare = wanted.style == "stencil" and not wanted.seam and rng.random() < 0.75
    side, above = (0.15, 0.15) if bare else (rng.uniform(0.7, 1.5), rng.uniform(0.4, 0.75))
    left, top, right, bottom = lettering.ink
    board = (right - left + 2 * side, bottom - top + 2 * above)
    return Design(wanted, lettering, board, (side - left, above - top), bare)


def look(design: Design, ground: Colour | None, rng: np.random.Generator) -> Look:
    """The colours; ``ground`` is what bare letters are painted on."""
    wanted = design.wanted
    if design.bare and ground is not None:
        light = 0.2126 * ground[0] + 0.7152 * ground[1] + 0.0722 * ground[2] > 0.16
        return _look("#808080", str(rng.choice(["#17181a", "#1f2d4d"] if light else ["#f0efe8", "#e8c021"])))
    looks = _looks(wanted)
    return looks[rng.integers(len(looks))]


def _looks(wanted: Wanted) -> tuple[Look, ...]:
    by_style = {"low_contrast": _FADED_LOOKS, "engraved": _ENGRAVED_LOOKS, "stencil": _STENCIL_LOOKS}
    if wanted.style in by_style:
        return by_style[wanted.style]
    if any("→" in line or "←" in line for line in wanted.lines):
        return _CONTENTS_LOOKS
    sign = _SIGN_LOOKS.get(wanted.lines[0].split()[0]) if wanted.kind == "text" else None
    return (sign,) if sign else _TAG_LOOKS


def picture(design: Design, look: Look, k: float, rng: np.random.Generator) -> Picture:
    """The board with its margin, ``k`` pixels to a cap height."""
    shape = tuple(round((side + 2 * MARGIN) * k) for side in design.board[::-1])
    ink = _ink(design, shape, k)
    grain = _grain(rng, shape)
    if design.bare:
        return _sprayed(look, ink, grain)
    board = _rounded(design, shape, k, rng)
    colour = np.float32(look.board) * (1 + np.float32(0.05 + 0.10 * look.metal) * grain[..., :1])
    if rng.random() < 0.45 and not look.relief:
        colour = _framed(colour, board, np.float32(look.ink), k, rng.uniform(0.05, 0.09))
    if look.relief:
        colour = colour * _bevel(ink, k, look.relief)[..., None]
    share = (ink * np.float32(0.97))[..., None]
    colour = colour * (1 - share) + np.float32(look.ink) * share
    if rng.random() < 0.7:
        colour = _screwed(colour, board, design, shape, k, rng)
    colour *= _grime(board, grain, k, rng)[..., None]
    shadow = _shadow(board, k)
    alpha = board + (1 - board) * shadow
    gloss = board * np.float32(look.gloss) * (1 + np.float32(0.3) * grain[..., 1])
    return Picture(
        (colour * board[..., None]).astype(np.float32), alpha.astype(np.float32), gloss.astype(np.float32)
    )


def _ink(design: Design, shape: tuple[int, ...], k: float) -> Floats:
    """Share of ink (h, w), the drawing shrunk to k pixels a cap height without aliasing."""
    mask = design.lettering.mask.astype(np.float32) / 255
    blur = 0.35 * CAP / k
    if blur > 0.5:
        mask = cv2.GaussianBlur(mask, (0, 0), blur)
    move = np.array(
        [[k / CAP, 0, (design.offset[0] + MARGIN) * k], [0, k / CAP, (design.offset[1] + MARGIN) * k]]
    )
    # OpenCV puts whole coordinates at pixel centres, we at their edges.
    move[:, 2] += 0.5 * k / CAP - 0.5
    return cv2.warpAffine(mask, move, (shape[1], shape[0]), flags=cv2.INTER_LINEAR)


_GRAIN = np.stack(
    [noise(np.random.default_rng(7), 512, 0.9, (0.7, 3.0)), noise(np.random.default_rng(8), 512, 1.5)],
    axis=-1,
)


def _grain(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Two noises (h, w, 2): fine streaks and soft blotches."""
    rolled = np.roll(_GRAIN, tuple(rng.integers(0, 512, 2)), (0, 1))
    tiled = np.tile(rolled, (-(-shape[0] // 512), -(-shape[1] // 512), 1))
    return tiled[: shape[0], : shape[1]]


def _rounded(design: Design, shape: tuple[int, ...], k: float, rng: np.random.Generator) -> Floats:
    """1 on the board (h, w): a rectangle with round corners, its edge soft by a pixel."""
    radius = rng.choice([0.06, 0.15, 0.3]) * k
    y, x = np.ogrid[: shape[0], : shape[1]]
    half = np.array(design.board) * k / 2
    dx = np.abs(x + 0.5 - (half[0] + MARGIN * k)) - (half[0] - radius)
    dy = np.abs(y + 0.5 - (half[1] + MARGIN * k)) - (half[1] - radius)
    away = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - radius
    return np.clip(0.5 - away, 0, 1).astype(np.float32)


def _framed(colour: Floats, board: Floats, ink: Floats, k: float, width: float) -> Floats:
    gap = cv2.distanceTransform((board > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    line = np.clip((gap - 0.1 * k) + 0.5, 0, 1) * np.clip(((0.1 + width) * k - gap) + 0.5, 0, 1)
    return colour * (1 - line[..., None]) + ink * line[..., None]


def _bevel(ink: Floats, k: float, relief: float) -> Floats:
    """Light and dark edges of letters cut into metal, or raised from it."""
    soft = cv2.GaussianBlur(ink, (0, 0), max(0.035 * k, 0.6))
    shift = max(1, round(0.04 * k))
    edge = np.roll(soft, (shift, shift), (0, 1)) - np.roll(soft, (-shift, -shift), (0, 1))
    return np.clip(1 - np.float32(0.75 * relief) * edge, 0.3, 1.9)


def _screwed(
    colour: Floats, board: Floats, design: Design, shape: tuple[int, ...], k: float, rng: np.random.Generator
) -> Floats:
    """A screw at each end, or in each corner of a tall board, clear of the letters."""
    left, _, right, _ = design.ink
    side = min(left, design.board[0] - right)
    radius = 0.15
    if side < 2.6 * radius:
        return colour
    x = side / 2
    rows = (design.board[1] / 2,) if design.board[1] < 2.6 else (x, design.board[1] - x)
    y_grid, x_grid = np.ogrid[: shape[0], : shape[1]]
    for cx in (x, design.board[0] - x):
        for cy in rows:
            dx, dy = x_grid + 0.5 - (cx + MARGIN) * k, y_grid + 0.5 - (cy + MARGIN) * k
            away = np.hypot(dx, dy) / (radius * k)
            turn = rng.uniform(0, np.pi)
            slot = np.abs(dx * np.cos(turn) + dy * np.sin(turn)) < 0.22 * radius * k
            metal = np.clip(0.42 - 0.14 * (dx + dy) / (radius * k), 0.1, 0.8) * np.where(slot, 0.3, 1.0)
            rim = np.clip((1.25 - away) * radius * k, 0, 1) * 0.45
            disc = np.clip((1 - away) * radius * k, 0, 1)
            colour = colour * (1 - rim[..., None])
            colour = colour * (1 - disc[..., None]) + metal[..., None] * disc[..., None]
    return (colour * 1.0).astype(np.float32) if board is not None else colour


def _grime(board: Floats, grain: Floats, k: float, rng: np.random.Generator) -> Floats:
    """Dirt: blotches, darker rims, a few specks."""
    dirt = 1 - np.float32(0.05) * np.maximum(grain[..., 1], 0) - np.float32(0.03) * np.abs(grain[..., 0])
    rim = cv2.GaussianBlur(board, (0, 0), 0.12 * k)
    dirt *= 0.78 + 0.22 * rim
    for _ in range(int(rng.integers(0, 6))):
        at = (int(rng.integers(board.shape[1])), int(rng.integers(board.shape[0])))
        spot = np.zeros_like(board)
        cv2.circle(
            spot,
            at,
            max(1, round(rng.uniform(0.02, 0.06) * k)),
            float(rng.uniform(0.2, 0.6)),
            -1,
            cv2.LINE_AA,
        )
        dirt *= 1 - spot
    return dirt.astype(np.float32)


def _shadow(board: Floats, k: float) -> Floats:
    soft = cv2.GaussianBlur(board, (0, 0), 0.12 * k)
    return np.float32(0.5) * np.roll(soft, (round(0.07 * k), round(0.04 * k)), (0, 1))


def _sprayed(look: Look, ink: Floats, grain: Floats) -> Picture:
    """Paint through a stencil: thin in places, nothing beyond the edge."""
    cover = ink * np.clip(
        0.90 - 0.12 * np.maximum(grain[..., 1] - 0.3, 0) - 0.05 * np.abs(grain[..., 0]), 0.35, 1
    )
    return Picture(cover[..., None] * np.float32(look.ink), cover.astype(np.float32), 0.06 * cover)
