"""What the viewer asks of a collection in `cdf_360_image_schema`, by `POST /models/instances/query`."""

from demo.viewer.requests import Body, Node

ROWS = 10_000
POSE = tuple(f"{what}{axis}" for what in ("translation", "eulerRotation", "scale") for axis in "XYZ")
CUBE = tuple(f"cubeMap{face}" for face in ("Front", "Back", "Left", "Right", "Top", "Bottom"))


def collection_query(collection: Node) -> Body:
    """The images and stations of a collection; both versions send the same."""
    named = {"externalId": "collectionExternalId", "space": "collectionSpace"}
    wanted = [
        {"equals": {"property": ["node", name], "value": {"parameter": parameter}}}
        for name, parameter in named.items()
    ]
    image = _view("Image360")
    return {
        "with": {
            "image_collection": {"nodes": {"filter": {"and": wanted}}, "limit": 1},
            "images": {
                "nodes": {
                    "from": "image_collection",
                    "through": {"view": image, "identifier": "collection360"},
                },
                "limit": ROWS,
            },
            "stations": {
                "nodes": {
                    "from": "images",
                    "through": {"view": image, "identifier": "station"},
                    "direction": "outwards",
                },
                "limit": ROWS,
            },
        },
        "select": {
            "image_collection": _select("Image360Collection", ["label"]),
            "images": _select("Image360", [*POSE, *CUBE, "collection360", "station", "timeTaken", "label"]),
            "stations": _select("Station360", ["label"]),
        },
        "parameters": {"collectionSpace": collection[0], "collectionExternalId": collection[1]},
    }


def _select(view: str, properties: list[str]) -> Body:
    return {"sources": [{"source": _view(view), "properties": properties}]}


def _view(name: str) -> Body:
    return {"type": "view", "space": "cdf_360_image_schema", "externalId": name, "version": "v1"}
