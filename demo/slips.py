"""What an engine might have read on a sample site: the truth with slips, so that much is doubtful.

It stands in for detection where only what comes after it is of interest: no picture is read.
"""

import random
from dataclasses import replace

from cognite.client import CogniteClient

from demo.deploy import PIPELINE, STATE_SPACE
from demo.truth import Plate, Truth
from image360.catalog import list_images
from image360.config import load_config
from image360.matching import TextRegion
from image360.state.region_files import RegionFiles
from image360.state.work_items import WorkItems

LOOK_ALIKES = {"0": "O", "O": "0", "1": "I", "I": "1", "5": "S", "S": "5", "8": "B", "B": "8", "2": "Z"}
SHARE = 0.6  # of the texts, that have a slip
UNSURE, SURE = 0.7, 0.99


def store_readings(client: CogniteClient, truth: Truth) -> None:
    """Store what was read on each image, as detection would."""
    config = load_config(client, PIPELINE)
    items = WorkItems(client, STATE_SPACE, "slips")
    files = RegionFiles(client, STATE_SPACE)
    draw = random.Random(truth.seed)  # noqa: S311 - the same site, the same slips
    done = []
    for item in items.claim(items.of(list_images(client, config).images), "detecting"):
        name = item.image.external_id.rpartition("/")[2]
        regions = [_read(plate, draw) for plate in truth.plates if plate.image == name]
        done.append(replace(item, state="detected", region_file=files.save(item.image, "slips", {}, regions)))
    if lost := items.finish(done):
        raise RuntimeError(f"somebody else has taken {len(lost)} images")


def _read(plate: Plate, draw: random.Random) -> TextRegion:
    text = " ".join(plate.lines)
    slipped = slip(text, draw) if plate.tag and draw.random() < SHARE else text
    return TextRegion(slipped, plate.text_polygon, SURE if slipped == text else UNSURE)


def slip(text: str, draw: random.Random) -> str:
    """Return a text as it might be misread: a look-alike, another digit, a lost character, or spaces."""
    kind = draw.choice(("look-alike", "digit", "lost", "spaces"))
    places = {
        "look-alike": [place for place, each in enumerate(text) if each in LOOK_ALIKES],
        "digit": [place for place, each in enumerate(text) if each.isdigit()],
        "lost": list(range(1, len(text))),
    }.get(kind, [])
    if not places:
        return text.replace("-", " ")
    place = draw.choice(places)
    put = {
        "look-alike": LOOK_ALIKES.get(text[place], ""),
        "digit": draw.choice([each for each in "0123456789" if each != text[place]]),
    }.get(kind, "")
    return text[:place] + put + text[place + 1 :]
