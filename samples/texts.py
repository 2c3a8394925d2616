"""Wordings that stand in a plant and name no asset."""

from __future__ import annotations

import numpy as np

_FIXED = (
    ("NO SMOKING",),
    ("DANGER", "HIGH VOLTAGE"),
    ("EMERGENCY EXIT",),
    ("EAR PROTECTION", "REQUIRED"),
    ("HOT SURFACE",),
    ("CAUTION",),
    ("MIND YOUR HEAD",),
    ("KEEP CLEAR",),
    ("EYE WASH",),
    ("FIRE HOSE",),
    ("ASSEMBLY POINT",),
    ("NO ENTRY",),
    ("HARD HAT AREA",),
    ("INSTRUMENT AIR",),
    ("COOLING WATER",),
    ("FLAMMABLE GAS",),
    ("NITROGEN",),
    ("DO NOT OPERATE",),
    ("FIRST AID",),
    ("WET FLOOR",),
    ("NORDVANN",),
    ("HALVORSEN PUMPS",),
    ("Kestrel Valves",),
    ("TRIDENTA",),
    ("Aurora Flow",),
    ("BRANN & SØNN",),
    ("FJELLTEK",),
    ("Ostvik Industri",),
    ("MERIDIAN",),
    ("HYDRALIS",),
    ("CLOSED",),
    ("OPEN",),
    ("DRAIN",),
    ("VENT",),
    ("SAMPLE POINT",),
    ("TEST CONNECTION",),
)


def other_text(rng: np.random.Generator) -> tuple[str, ...]:
    """One wording that is no tag, as its lines: a sign, a brand, a rating, a serial number or a date."""
    number = int(rng.integers(1000, 99999))
    ratings = (
        (f"S/N {number:05d}",),
        ("SERIAL NO", f"{number}{rng.integers(10, 99)}"),
        (f"MAX {10 * rng.integers(2, 40)} BAR",),
        (f"DN{50 * rng.integers(1, 9)} PN{rng.choice([10, 16, 25, 40])}",),
        (f"SWL {rng.integers(1, 20)} T",),
        (f"{rng.integers(2015, 2026)}-{rng.integers(1, 13):02d}-{rng.integers(10, 29)}",),
        (f"{rng.choice([230, 400, 690])} V  50 HZ",),
        ("EX D IIC T4",),
        (f"IP{rng.choice([54, 65, 66, 67])}",),
        (f"TEL {rng.integers(200, 900)} {rng.integers(10, 99)} {rng.integers(100, 999)}",),
        (f"MFG {rng.integers(1998, 2025)}",),
    )
    if rng.random() < 0.55:
        return _FIXED[int(rng.integers(len(_FIXED)))]
    return ratings[int(rng.integers(len(ratings)))]
