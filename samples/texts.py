"""What else hangs in a plant: signs, brands, notices, serial numbers, dates, ratings, pipe contents."""

from collections.abc import Callable

import numpy as np

_SIGNS = (
    ("NO SMOKING",),
    ("DANGER", "HIGH VOLTAGE"),
    ("CAUTION", "HOT SURFACE"),
    ("EMERGENCY EXIT",),
    ("WEAR EAR", "PROTECTION"),
    ("EYE WASH",),
    ("FIRE HOSE",),
    ("MIND YOUR HEAD",),
    ("AUTHORISED", "PERSONNEL ONLY"),
    ("DO NOT OPERATE",),
    ("EMERGENCY STOP",),
    ("ASSEMBLY POINT B",),
    ("KEEP CLEAR",),
    ("SAFETY SHOWER",),
    ("PUSH TO TEST",),
    ("ISOLATE BEFORE", "OPENING"),
)
_BRANDS = (
    "NORDFLOW",
    "KESTREL PUMPS",
    "HALVORSEN",
    "VELTRA",
    "AXIMA DRIVES",
    "TORVALD & SON",
    "ORBEX",
    "LUMAREX",
)
_CONTENTS = (
    "COOLING WATER →",
    "← CONDENSATE",
    "FEED WATER →",
    "INSTR. AIR →",
    "← FUEL GAS",
    "NITROGEN →",
    "STEAM 12 BAR →",
    "FIRE WATER",
    "← LUBE OIL RETURN",
    "DRAIN",
)


def _sign(rng: np.random.Generator) -> tuple[str, ...]:
    return _SIGNS[rng.integers(len(_SIGNS))]


def _brand(rng: np.random.Generator) -> tuple[str, ...]:
    brand = _BRANDS[rng.integers(len(_BRANDS))]
    if rng.random() < 0.5:
        return (brand,)
    return (brand, f"TYPE {rng.choice(['CR', 'NK', 'VX', 'HL'])} {rng.integers(20, 99)}-{rng.integers(2, 9)}")


def _contents(rng: np.random.Generator) -> tuple[str, ...]:
    return (_CONTENTS[rng.integers(len(_CONTENTS))],)


def _serial(rng: np.random.Generator) -> tuple[str, ...]:
    forms = (
        f"S/N {rng.integers(10, 99)}-{rng.integers(100000, 999999)}",
        f"No. {rng.integers(1000000, 9999999)}",
        f"SERIAL {rng.integers(100, 999)}.{rng.integers(1000, 9999)}",
        f"ORDER {rng.integers(10, 99)}/{rng.integers(1000, 9999)}",
    )
    return (forms[rng.integers(len(forms))],)


def _date(rng: np.random.Generator) -> tuple[str, ...]:
    year, month, day = rng.integers(2019, 2028), rng.integers(1, 13), rng.integers(1, 29)
    forms: tuple[tuple[str, ...], ...] = (
        (f"INSPECTED {year}-{month:02d}",),
        (f"NEXT TEST {month:02d}/{year}",),
        ("CALIBRATED", f"{day:02d}.{month:02d}.{year}"),
        (f"BUILT {year}",),
    )
    return forms[rng.integers(len(forms))]


def _rating(rng: np.random.Generator) -> tuple[str, ...]:
    forms: tuple[tuple[str, ...], ...] = (
        (f"MAX {rng.choice([6, 10, 16, 25, 40])} BAR",),
        (f"DN {rng.choice([50, 80, 100, 150])} PN {rng.choice([16, 25, 40])}",),
        ("400 V  50 HZ",),
        (f"{rng.choice(['5,5', '11', '22', '45'])} kW  {rng.choice([1475, 1480, 2955])} RPM",),
        (f"SWL {rng.choice([1, 2, 3, 5])} T",),
        ("EX db IIC T4 Gb", "IP 66"),
        (f"VOLUME {rng.choice([250, 800, 1200])} L", f"PS {rng.choice([6, 11, 16])} BAR"),
        (f"{rng.integers(20, 95)} °C",),
    )
    return forms[rng.integers(len(forms))]


_KINDS: tuple[tuple[Callable[[np.random.Generator], tuple[str, ...]], float], ...] = (
    (_sign, 0.30),
    (_brand, 0.12),
    (_contents, 0.16),
    (_serial, 0.14),
    (_date, 0.12),
    (_rating, 0.16),
)


def draw_texts(count: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """``count`` texts that are no tag, each a plate's lines from top to bottom."""
    kinds = rng.choice(len(_KINDS), count, p=[share for _, share in _KINDS])
    return [_KINDS[kind][0](rng) for kind in kinds]
