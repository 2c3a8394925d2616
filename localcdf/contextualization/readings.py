"""What the reference does not say about the annotations of 360° images."""

from localcdf.readings import Reading

REPEAT = Reading(
    "image360-repeat",
    {
        "again": "the same asset, image and polygon once more is one annotation more",
        "once": "the same asset, image and polygon once more changes nothing",
    },
)
PAIR = Reading(
    "image360-pair",
    {
        "one-edge": "all polygons of an asset on an image stand in one edge",
        "one-edge-a-request": "the polygons that a request has for an asset on an image stand in one edge",
        "edges": "every item becomes an edge of its own",
    },
)
OBJECT = Reading(
    "image360-object",
    {
        "empty": "the Cognite3DObject made for an asset has data without values",
        "box": "the Cognite3DObject made for an asset has a bounding box",
    },
)
NUMBERS = Reading(
    "image360-numbers",
    {
        "float32": "angles are rounded to 32 bits, as their format in the reference says",
        "float64": "angles are stored as sent",
    },
)
REMOVAL = Reading(
    "image360-delete",
    {
        "dangling": "with its last annotation the Cognite3DObject goes, the asset still points to it",
        "removed": "with its last annotation the Cognite3DObject goes, the asset points to none",
        "kept": "the Cognite3DObject stays when its last annotation goes",
    },
)
ABSENT = Reading(
    "image360-delete-absent",
    {
        "refused": "deleting the annotations of a pair that has none is a 400",
        "passed-over": "deleting the annotations of a pair that has none changes nothing",
    },
)
ITEMS = Reading(
    "image360-items",
    {
        "each": "sound items are carried out, and the answer is a 400 that names what the others lack",
        "all-or-none": "one item that names something missing refuses the whole request",
    },
)
EFFECT = Reading(
    "image360-effect",
    {
        "late": "what a request makes or deletes shows two seconds after the answer",
        "at-once": "what a request makes or deletes shows with the answer",
    },
)
CONFIG_FORM = Reading(
    "image360-config",
    {
        "revision": "revisionInstanceId, the deprecated form of the config, is a 400",
        "either": "revisionInstanceId, the deprecated form of the config, still works",
    },
)
RIGHTS = Reading(
    "image360-rights",
    {
        "all-spaces": "the caller must be able to read all that is named, and to write the assets and spaces",
        "config-spaces": "the caller must be able to write the two spaces of the config, nothing more",
    },
)
FOREIGN = Reading(
    "image360-foreign-image",
    {
        "refused": "an image of another collection than the revision is as if it were not there",
        "taken": "an image may be of another collection than the revision",
    },
)
ANGLES = Reading(
    "image360-angles",
    {
        "refused": "phi beyond [0, pi] and theta beyond [0, 2 pi] are a 400",
        "taken": "any angle is taken, and stored as it is",
    },
)
EDGE = Reading(
    "image360-edge",
    {
        "bare": "an edge that is made has a polygon, its version and the status Approved, nothing else",
        "named": "an edge that is made also has the name of its asset, and the collection as its sourceId",
    },
)
