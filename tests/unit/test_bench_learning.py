"""What people teach spares them questions and approves nothing wrong: the bench without its engine."""

from typing import Any

import numpy as np
import pytest

from bench import learning
from bench.learning import People, outcome, sightings
from bench.plant.lists import grow
from bench.plant.noise import noisy
from image360.matching import AssetIndex

SEED = 3


class Noise:
    """Reads what is printed, and at times what is not."""

    def read(self, random: np.random.Generator, text: str, look: Any) -> tuple[str, float]:
        return noisy(random, text) if random.random() < 0.2 else (text, 0.97)


@pytest.mark.parametrize("wrong", [0.0, 0.05])
@pytest.mark.parametrize("order", ["walk by walk", "by lot"])
def test_a_third_of_the_queue_decided_spares_a_fifth_of_the_rest_and_approves_nothing_wrong(
    order: str, wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "PLATES", 120)
    plant = grow(SEED, learning.ASSETS)
    seen = sightings(plant, SEED, Noise())  # type: ignore[arg-type]
    found = outcome(seen, AssetIndex.build(plant.assets), SEED, order, People("they", wrong))
    assert found.queue > 100
    assert found.fewer >= 0.2
    assert found.approved > 0
    assert found.wrong == 0
