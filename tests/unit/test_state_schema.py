"""The toolkit module holds what the code writes."""

import numpy as np
import pytest
from cognite.client.data_classes.data_modeling import ViewId

from demo.deploy import resources
from image360.catalog.image import FaceFile, Image
from image360.geometry import FACES, face_uv_to_direction
from image360.matching import Asset, AssetIndex, TextRegion
from image360.state.ids import DECISION_VIEW, PROPOSAL_VIEW, SCHEMA_SPACE, VIEWS, WORK_ITEM_VIEW
from image360.state.proposals import proposal_of
from image360.state.work_items import WorkItem, WorkItems

IMAGE = Image("sp", "img", "site", {face: FaceFile(n, 1) for n, face in enumerate(FACES)})


def view(view_id):
    """The view that the module deploys."""
    (found,) = [
        view
        for view in resources("View")
        if (view["space"], view["externalId"], view["version"]) == view_id.as_tuple()
    ]
    return found


@pytest.mark.parametrize("view_id", VIEWS)
def test_each_view_shows_every_property_of_its_container(view_id):
    (container,) = [each for each in resources("Container") if each["externalId"] == view_id.external_id]
    assert view_id.space == SCHEMA_SPACE
    assert set(view(view_id)["properties"]) == set(container["properties"])


def test_the_data_model_shows_the_views_that_the_code_writes():
    (model,) = resources("DataModel")
    assert tuple(ViewId.load(each) for each in model["views"]) == VIEWS


@pytest.mark.parametrize(
    ("now", "further"),
    [
        (WORK_ITEM_VIEW, {"run", "approved", "suggested", "held"}),
        (DECISION_VIEW, {"always", "level", "score"}),
    ],
)
def test_what_is_newer_than_a_node_has_no_value_in_it(now, further):
    """So a further property needs no migration: nodes that were written before are read with a default."""
    (container,) = [each for each in resources("Container") if each["externalId"] == now.external_id]
    first = view(ViewId(SCHEMA_SPACE, now.external_id, "v1"))["properties"]
    later = set(view(now)["properties"]) - set(first)
    assert later == further
    assert all(container["properties"][name].get("nullable", True) for name in later)


def test_a_work_item_writes_the_properties_of_its_view():
    node = WorkItems(None, "sp_state", "run")._node(WorkItem("wi", IMAGE))
    assert set(node.sources[0].properties) == set(view(WORK_ITEM_VIEW)["properties"])


def test_a_proposal_writes_the_properties_of_its_view():
    polygon = face_uv_to_direction("left", [0.4, 0.5, 0.5, 0.4], [0.5, 0.5, 0.52, 0.52])
    index = AssetIndex.build([Asset(("sp", "asset"), "21-PT-1019")])
    (match,) = index.match_regions([TextRegion("21-PT-1019", polygon)])
    proposal = proposal_of(match, "21-PT-1019", "approve", WorkItem("wi", IMAGE, region_file="r"), "sp_state")
    assert set(proposal.properties) == set(view(PROPOSAL_VIEW)["properties"])
    np.testing.assert_allclose(np.reshape(proposal.properties["polygon"], (-1, 3)), polygon, atol=1e-9)


def test_the_id_of_a_proposal_does_not_depend_on_its_score():
    polygon = face_uv_to_direction("left", [0.4, 0.5, 0.5, 0.4], [0.5, 0.5, 0.52, 0.52])
    index = AssetIndex.build([Asset(("sp", "asset"), "21-PT-1019")])
    item = WorkItem("wi", IMAGE, region_file="r")
    ids = set()
    for confidence in (0.9, 0.99):
        (match,) = index.match_regions([TextRegion("21-PT-1019", polygon, confidence)])
        ids.add(proposal_of(match, "x", "approve", item, "sp_state").external_id)
    assert len(ids) == 1


def test_a_replaced_face_is_a_new_content_version():
    replaced = Image("sp", "img", "site", {**IMAGE.faces, "top": FaceFile(4, 2)})
    assert replaced.content_version != IMAGE.content_version
