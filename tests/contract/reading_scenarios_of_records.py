"""Scenarios of the readings that lists, creates and identifiers of records share."""

from typing import Any

from reading_lab import Lab, Scenario, unique


def data_set(lab: Lab, **fields: Any) -> dict[str, Any]:
    """Return a new data set."""
    return lab.items("/datasets", {"items": [{"name": "x", **fields}]})[0]


def taken(lab: Lab) -> int:
    """Create a data set with the external id of another."""
    name = unique()
    data_set(lab, externalId=name)
    return lab.status("/datasets", {"items": [{"externalId": name}]})


def unknown(lab: Lab) -> tuple[int, Any]:
    """Ask for a data set that does not exist."""
    answer = lab.answer("/datasets/byids", {"items": [{"id": 1}]})
    return answer.status_code, answer.json()["error"]["missing"]


def partly_bad(lab: Lab) -> tuple[int, int]:
    """Create two data sets of which one cannot be."""
    name, new = unique(), unique()
    data_set(lab, externalId=name)
    status = lab.status("/datasets", {"items": [{"externalId": name}, {"externalId": new}]})
    found = lab.items("/datasets/byids", {"items": [{"externalId": new}], "ignoreUnknownIds": True})
    return status, len(found)


def full_page(lab: Lab) -> bool:
    """List as many as there are."""
    prefix = unique()
    for number in range(2):
        data_set(lab, externalId=f"{prefix}{number}")
    body = {"filter": {"externalIdPrefix": prefix}, "limit": 2}
    first = lab.get("/datasets/list", body)
    assert len(first["items"]) == 2
    if "nextCursor" not in first:
        return False
    assert lab.get("/datasets/list", {**body, "cursor": first["nextCursor"]}) == {"items": []}
    return True


def in_order(lab: Lab) -> bool:
    """List over several pages what was created over some time."""
    prefix = unique()
    made = []
    for number in range(7):
        made.append(data_set(lab, externalId=f"{prefix}{number}")["id"])
        lab.wait(0.01)
    listed: list[int] = []
    body: dict[str, Any] = {"filter": {"externalIdPrefix": prefix}, "limit": 2}
    while True:
        answer = lab.get("/datasets/list", body)
        listed += [each["id"] for each in answer["items"]]
        if "nextCursor" not in answer:
            break
        body["cursor"] = answer["nextCursor"]
    assert sorted(listed) == sorted(made)
    assert listed in (made, sorted(made))
    return listed == made


def lagging(lab: Lab) -> list[int]:
    """List what was just created, at once and later."""
    lab.wait(5)
    body = {"filter": {"externalIdPrefix": (name := unique())}}
    data_set(lab, externalId=name)
    at_once = len(lab.items("/datasets/list", body))
    lab.wait(2)
    return [at_once, len(lab.items("/datasets/list", body))]


def unknown_data_set(lab: Lab) -> int:
    """Create a pipeline and a file in a data set that does not exist."""
    lab_pipeline = {"externalId": unique(), "name": "x", "dataSetId": 1}
    pipeline = lab.status("/extpipes", {"items": [lab_pipeline]})
    file = lab.status("/files", {"name": "x", "dataSetId": 1})
    assert (pipeline, file) in ((400, 400), (200, 201))
    return pipeline


def revisions(lab: Lab) -> list[int]:
    """List the revisions of a config over several pages."""
    name = unique()
    pipeline = {"externalId": name, "name": "x", "dataSetId": data_set(lab)["id"]}
    lab.get("/extpipes", {"items": [pipeline]})
    for number in range(5):
        lab.get("/extpipes/config", {"externalId": name, "config": str(number)})
    params = {"externalId": name, "limit": "2"}
    numbers: list[int] = []
    while True:
        answer = lab.get("/extpipes/config/revisions", params=params)
        numbers += [each["revision"] for each in answer["items"]]
        if "nextCursor" not in answer:
            return numbers
        params["cursor"] = answer["nextCursor"]


def without_beta(lab: Lab) -> int:
    """Call a beta endpoint without the header for it."""
    return lab.status("/annotations/reverselookup", {"filter": {"annotatedResourceType": "file"}})


def words(lab: Lab) -> int:
    """Search for two words of which an asset has one; count what is found."""
    word = unique()
    lab.get("/assets", {"items": [{"name": word}]})
    return len(lab.items("/assets/search", {"search": {"query": f"{word} {unique()}"}}))


def unknown_subtree(lab: Lab) -> list[int]:
    """List assets, events and files by a subtree that is not there."""
    body = {"filter": {"assetSubtreeIds": [{"externalId": unique()}]}}
    return [lab.status(f"/{kind}/list", body) for kind in ("assets", "events", "files")]


SCENARIOS = {
    "asset-search-words": Scenario(words, {"any": 1, "all": 0}),
    "unknown-subtree": Scenario(unknown_subtree, {"refused": [400] * 3, "empty": [200] * 3}),
    "taken-external-id": Scenario(taken, {"409": 409, "400": 400}),
    "unknown-ids": Scenario(unknown, {"400": (400, [{"id": 1}]), "404": (404, [{"id": 1}])}),
    "create-atomic": Scenario(partly_bad, {"all-or-none": (409, 0), "valid-ones": (409, 1)}),
    "full-page-cursor": Scenario(full_page, {"given": True, "none": False}),
    "list-order": Scenario(in_order, {"by-id": False, "by-time": True}),
    "list-lag": Scenario(lagging, {"1000": [0, 1], "0": [1, 1]}),
    "data-set-looked-up": Scenario(unknown_data_set, {"yes": 400, "no": 200}),
    "revision-order": Scenario(revisions, {"newest-first": [5, 4, 3, 2, 1], "oldest-first": [1, 2, 3, 4, 5]}),
    "beta-without-header": Scenario(without_beta, {"404": 404, "served": 200}),
}
