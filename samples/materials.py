"""What surfaces are made of. Colours are linear light, 0..1."""

from dataclasses import dataclass, replace

Colour = tuple[float, float, float]


def srgb(code: str) -> Colour:
    """A colour as written on a paint card ("#RRGGBB") in linear light."""
    red, green, blue = (((int(code[i : i + 2], 16) / 255) + 0.055) / 1.055 for i in (1, 3, 5))
    return (red**2.4, green**2.4, blue**2.4)


@dataclass(frozen=True)
class Material:
    """A surface: its colour, the pattern on it (``tile`` repeats every ``scale`` metres) and how it shines.

    gloss: strength of lamps' highlights; metal: how much it mirrors what is around it; glow: light it gives.
    """

    colour: Colour
    tile: str = "paint"
    scale: float = 1.0
    second: Colour = (0.16, 0.09, 0.05)
    gloss: float = 0.15
    metal: float = 0.0
    glow: float = 0.0

    def painted(self, code: str) -> "Material":
        """The same surface in another colour."""
        return replace(self, colour=srgb(code))


RUST = srgb("#6b4a34")

PAINT = Material(srgb("#8d979c"), "paint", 0.9, RUST, 0.25)
WORN = Material(srgb("#8d979c"), "worn", 0.8, RUST, 0.12)
STEEL = Material(srgb("#a3a7aa"), "brushed", 0.5, RUST, 0.35, 0.45)
GALVANISED = Material(srgb("#9aa0a4"), "worn", 0.5, srgb("#b9bec2"), 0.2, 0.25)
CLADDING = Material(srgb("#c3c7ca"), "cladding", 0.9, RUST, 0.3, 0.75)
CONCRETE = Material(srgb("#9b978e"), "concrete", 1.6, srgb("#6f6b62"), 0.03)
FORMWORK = Material(srgb("#a5a29a"), "formwork", 2.4, srgb("#7d786d"), 0.03)
BLOCKS = Material(srgb("#d3d2ca"), "blocks", 0.84, srgb("#a59f90"), 0.06)
SHEET = Material(srgb("#b9c0c2"), "corrugated", 1.0, RUST, 0.12)
GRATING = Material(srgb("#85898b"), "grating", 0.24, (0.012, 0.012, 0.014), 0.15)
TREAD = Material(srgb("#84888a"), "tread", 0.32, srgb("#5b5348"), 0.2, 0.25)
HAZARD = Material(srgb("#e0b000"), "hazard", 0.3, srgb("#1c1c1c"), 0.15)
MOTOR = Material(srgb("#2f5d86"), "fins", 0.5, RUST, 0.2)
LOUVRE = Material(srgb("#b4b8b6"), "louvre", 0.5, RUST, 0.15)
CABLES = Material(srgb("#3c3d40"), "cables", 0.2, RUST, 0.1)
RUBBER = Material(srgb("#26272a"), "paint", 0.7, srgb("#3a3a3a"), 0.05)
DIAL = Material(srgb("#f1f1ec"), "paint", 2.0, srgb("#e5e5df"), 0.4)
GLASS = Material(srgb("#46555c"), "paint", 2.0, srgb("#46555c"), 0.6, 0.6)
LAMP = Material(srgb("#fff6e6"), "paint", 3.0, srgb("#fff6e6"), 0.0, 0.0, 6.0)
SKYLIGHT = Material(srgb("#dbe8f5"), "paint", 6.0, srgb("#dbe8f5"), 0.0, 0.0, 2.2)
