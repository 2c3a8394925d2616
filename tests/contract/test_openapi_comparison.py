"""The local CDF's own OpenAPI document beside Cognite's: each difference in requests has a reason."""

import re

import pytest
from judges.comparison import Difference, differences
from judges.document import ABSENT, DOCUMENT, Document, load
from judges.own import own

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason=ABSENT)

# Patterns of differences (theirs -> ours), and why. "kinder": localcdf takes what the document does not.
LISTED = {
    r"(max|min)\w+: None -> ": "stricter: a limit that the prose or the type has, or that the store needs",
    r"enum: None -> ": "stricter: the statuses, which the SDK sends in capitals",
    r"required: False -> True": "stricter: without it the request would ask for nothing",
    r"^POST /extpipes\S* \S*(\.id|dataSetId(\.set)?) minimum: 0 -> 1": "stricter: ids begin with 1",
    r"^POST /extpipes/runs \.items maxItems: 1000 -> 1": "stricter: the prose says one run a request",
    r"^GET /projects(/local)?  known": "the document has the path and no method for it",
    r"^POST /3d/contextualization/\S*  known": "beta: the document is that of the stable version",
    r"^POST /3d/job\S* \S*instanceId\.space m\w+: \d+ -> None": "the pattern has these limits",
    r"^POST /(assets|events)\S* \S*(advancedFilter|sort|geoLocation)": "not served: refused",
    r"^POST /(assets|events)\S* \S*metadata\S* maxProperties: 256 -> None": "with the bytes, in fields.py",
    r"^POST /assets/update \S*labels\.\w+ maxItems: 10 -> None": "the labels that come of it are counted: 10",
    r"^POST /context/vision/extract \.\w+ (max|min)imum: \d+ -> None": "it means maxItems and minItems",
    r"^POST /context/vision/extract \.parameters\.\w+ known: True": "not served: parameters of beta features",
    r"^POST /annotations/reverselookup  known": "beta: the document is that of the stable version",
    r"^POST /annotations\S* \.items (max|min)imum: \d+ -> None": "the document means maxItems and minItems",
    r"^POST /annotations\S* \S*\.data\S* known: True": "checked by type in localcdf/annotations/payloads.py",
    r"^POST /annotations/list \.cursor m\w+: \d+ -> None": "any cursor that was not handed out is refused",
    r"^POST /datasets\S* \S*metadata\S* maxProperties: 256 -> None": "checked with the bytes, in fields.py",
    r"^POST /extpipes\S* \S*email minLength: 1 -> None": "an address without @ is refused",
    r"^POST /extpipes/list \.filter\S* minLength: 1 -> None": "kinder: an empty text is looked for",
    r"^POST /extpipes/(byids|delete) \S*externalId minLength": "an empty external id is refused as missing",
    r"^POST /files\S* \S*instanceId\.space m\w+: \d+ -> None": "the pattern has these limits",
    r"^GET /files/icon \.\?(space|instanceExternalId) m": "an unknown instance is refused as missing",
    r"^POST /files/list \.filter\.geoLocation": "not served: a filter by geography is refused",
    r"^POST /files/update \S*labels\.\w+ maxItems: 10 -> None": "the labels that come of it are counted: 10",
    r"^POST /functions(/schedules)? \.items\[\]\.\w+ known: True -> False": "read only: what the server adds",
    r"^POST /functions/schedules/list \.filter\.[Ff]unction\w*Id known": "the SDK sends it in small letters",
    r"^POST /groups \S*capabilities\S* known: True -> False": "checked by localcdf/acls.py",
    r"^POST /workflows/versions \S*(simulation|transformation|type enum)": "not served: tasks of these types",
    r"^POST /models/containers \S*usedFor enum": "not served: containers of records",
    r"^POST /models/instances\S* \.debug": "not served: debug is refused",
    r"^POST /models/instances\S* \S*targetUnits": "not served: units are refused",
    r"^POST /models\S* \S*filter\S*\.matchAll maxProperties": "an empty model: any field in it is unknown",
    r"^POST /models\S* \S*filter\S*\.property minItems: 2 -> 1": "refused when the property is looked up",
    r"^POST /models\S* \S*filter\S*\.parameter known: False": "refused outside of queries",
    r"^POST /models\S* \S*filter\S*\.values?\[\] known: True": "held against the type of the property",
    r"^POST /models\S* \S*filter\.prefix\.value\.property": "kinder: the prefix may be another property",
}


@pytest.fixture(scope="module")
def documents() -> tuple[Document, Document]:
    """Theirs and ours."""
    return load(), own()


@pytest.fixture(scope="module")
def found(documents: tuple[Document, Document]) -> list[Difference]:
    """What differs."""
    return list(differences(*documents))


def test_each_difference_is_listed_with_a_reason(found: list[Difference]) -> None:
    unlisted = [str(each) for each in found if not any(re.search(rule, str(each)) for rule in LISTED)]
    assert unlisted == [], "\n".join(unlisted)


def test_each_listed_difference_is_still_there(found: list[Difference]) -> None:
    assert [rule for rule in LISTED if not any(re.search(rule, str(each)) for each in found)] == []


def test_a_limit_that_moves_is_found(documents: tuple[Document, Document], found: list[Difference]) -> None:
    theirs, ours = documents
    schemas = ours.content["components"]["schemas"]
    items = schemas["DataSetItems"]["properties"]["items"] | {"maxItems": 11}
    moved = schemas["DataSetItems"] | {"properties": {"items": items}}
    components = ours.content["components"] | {"schemas": schemas | {"DataSetItems": moved}}
    now = differences(theirs, Document(ours.content | {"components": components}))
    assert [str(each) for each in now if each not in found] == ["POST /datasets .items maxItems: 10 -> 11"]
