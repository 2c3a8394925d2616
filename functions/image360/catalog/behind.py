"""The images behind what a trigger hands over: images themselves, and faces of images."""

from collections.abc import Callable, Sequence
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeId, ViewId
from cognite.client.data_classes.filters import In

from image360.nodes import list_nodes, retrieve_nodes

FACES_PER_FILTER = 100  # a value of each of the six faces for each: keeps the list call's body small


def images_behind(
    client: CogniteClient,
    view: ViewId,
    space: str,
    items: Sequence[NodeId],
    faces: Sequence[str],
    value: Callable[[NodeId], Any],
) -> frozenset[str]:
    """Return the external ids of the images of `space` that are among the items, or have one for a face.

    Args:
        client: Reads the nodes.
        view: The view of images.
        space: The space of images.
        items: Nodes of any kind.
        faces: The properties that name the faces of an image.
        value: Returns what such a property holds where a node is that face.
    """
    images = {(node.space, node.external_id) for node in retrieve_nodes(client, view, items)}
    names = {name for where, name in images if where == space}
    others = [item for item in items if (item.space, item.external_id) not in images]
    for start in range(0, len(others), FACES_PER_FILTER):
        values = [value(each) for each in others[start : start + FACES_PER_FILTER]]
        has_one = [In(view.as_property_ref(face), values).dump() for face in faces]
        names |= {node.external_id for node in list_nodes(client, view, [space], {"or": has_one})}
    return frozenset(names)
