"""What a sample site promises of its plates and assets, before a pixel is drawn."""

from collections import Counter

import numpy as np
import pytest

from samples.mix import Wanted, wanted_plates
from samples.site import IMAGES, Station, build_station
from samples.tags import Register, bare, register

SEEDS = (1, 2, 2_000_000_011)


def of_seed(seed: int) -> tuple[Register, list[Wanted]]:
    site = register(np.random.default_rng((seed, 0)))
    return site, wanted_plates(site, np.random.default_rng((seed, 1)))


@pytest.fixture(scope="module", params=SEEDS)
def site(request: pytest.FixtureRequest) -> tuple[Register, list[Wanted]]:
    return of_seed(request.param)


@pytest.fixture(scope="module", params=SEEDS[:2])
def stations(request: pytest.FixtureRequest) -> list[Station]:
    _, wanted = of_seed(request.param)
    return [build_station(request.param, i, [w for w in wanted if w.station == i]) for i in range(IMAGES)]


def share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def test_there_are_enough_images_tags_texts_and_assets(site: tuple[Register, list[Wanted]]) -> None:
    listing, wanted = site
    kinds = Counter((w.kind, w.asset is not None) for w in wanted)
    assert IMAGES >= 6
    assert kinds["tag", True] >= 130
    assert 0.10 <= kinds["tag", False] / kinds["tag", True] <= 0.15
    assert kinds["text", False] >= 60
    assert len(listing.listed) >= 5000


def test_the_mix_holds_for_the_plates_as_they_hang(stations: list[Station]) -> None:
    tags = [(p, s) for s in stations for p, _ in s.hung if p.design.wanted.asset is not None]
    traits = [plate.traits(station.turn, 1024) for plate, station in tags]
    styles = [plate.design.wanted.style for plate, _ in tags]
    caps = [plate.cap_px(station.turn, 1024) for plate, station in tags]
    assert share([s in {"stencil", "engraved"} for s in styles]) >= 0.10
    assert share([s == "low_contrast" for s in styles]) >= 0.10
    for trait, least in {"two_lines": 0.08, "seam": 0.10, "tilted": 0.20, "small": 0.15}.items():
        assert share([trait in t for t in traits]) >= least, trait
    assert share([c >= 16 and s == "plain" for c, s in zip(caps, styles, strict=True)]) >= 0.45
    assert min(caps) >= 8
    assert max(caps) <= 60
    assert max(plate.tilt() for plate, _ in tags) <= 50


def test_every_plate_hangs_and_no_tag_twice_at_a_station(stations: list[Station]) -> None:
    tags = [(s.name, p.design.wanted.tag) for s in stations for p, _ in s.hung if p.design.wanted.tag]
    assert len(set(tags)) == len(tags)
    assert sum(len(s.hung) for s in stations) == len(of_seed(1)[1])


def test_some_assets_hang_at_several_stations(site: tuple[Register, list[Wanted]]) -> None:
    places: dict[str, set[int]] = {}
    for w in site[1]:
        if w.asset:
            places.setdefault(w.asset, set()).add(w.station)
    assert sum(len(p) > 1 for p in places.values()) >= 8


def test_every_tag_has_neighbours_one_digit_away_in_the_list(site: tuple[Register, list[Wanted]]) -> None:
    listing, wanted = site
    names = {a.external_id: a.name for a in listing.listed}
    for w in wanted:
        if w.tag:
            assert len(listing.neighbours(names[w.asset] if w.asset else w.tag)) >= 2, w.tag


def test_what_is_not_in_the_list_is_in_it_under_no_name(site: tuple[Register, list[Wanted]]) -> None:
    listing, wanted = site
    for w in wanted:
        if w.asset is None:
            assert bare("".join(w.lines)) not in listing.keys, w.lines


def test_no_two_assets_share_a_name_an_alias_or_an_external_id(
    site: tuple[Register, list[Wanted]],
) -> None:
    own = [{bare(t) for t in (a.name, a.external_id, *a.aliases)} for a in site[0].listed]
    assert sum(map(len, own)) == len(set().union(*own))


def test_painted_lines_are_the_tag_but_for_separators(site: tuple[Register, list[Wanted]]) -> None:
    for w in site[1]:
        if w.tag:
            assert bare("".join(w.lines)) == bare(w.tag)


def test_names_and_external_ids_differ_for_some_and_some_have_aliases(
    site: tuple[Register, list[Wanted]],
) -> None:
    assets = site[0].listed
    assert 0.2 < share([a.external_id != a.name for a in assets]) < 0.6
    assert 0.05 < share([bool(a.aliases) for a in assets]) < 0.3


def test_no_plate_overlaps_another(stations: list[Station]) -> None:
    for station in stations:
        outlines = [plate.plate_polygon() for plate, _ in station.hung]
        for i, outline in enumerate(outlines):
            grid = patch(outline)
            for other in outlines[:i] + outlines[i + 1 :]:
                assert not inside(other, grid).any()


def test_texts_lie_on_their_plates_and_polygons_are_convex(stations: list[Station]) -> None:
    for station in stations:
        for plate, _ in station.hung:
            assert inside(plate.plate_polygon(), plate.text_polygon()).all()
            for polygon in (plate.text_polygon(), plate.plate_polygon()):
                assert inside(polygon, patch(polygon)).all()


def patch(outline: np.ndarray) -> np.ndarray:
    """Points (n, 3) all over a quad."""
    s, t = (a.reshape(-1, 1) for a in np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 5)))
    a, b, c, d = outline
    return (1 - t) * ((1 - s) * a + s * b) + t * ((1 - s) * d + s * c)


def inside(polygon: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whether directions (n, 3) lie in a convex polygon (k, 3) whose corners run clockwise for the camera."""
    sides = np.cross(polygon, np.roll(polygon, -1, axis=0))
    return (points @ polygon.mean(axis=0) > 0) & (points @ sides.T >= -1e-12).all(axis=1)
