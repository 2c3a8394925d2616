"""The public surface of the SDK for the APIs served: each method is called, or listed with the reason."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sdk_flows
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationReverseLookupFilter, DataSetWrite, FileMetadataWrite
from cognite.client.data_classes.capabilities import FilesAcl
from cognite.client.data_classes.data_modeling import NodeId, SpaceApply
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFileApply
from cognite.client.data_classes.data_modeling.query import (
    NodeResultSetExpressionSync,
    QuerySync,
    SelectSync,
)
from cognite.client.utils._experimental import FeaturePreviewWarning
from test_sdk_calls import (
    SPACE,
    carry_out,
    carry_out_modeling,
    code_folder,
    function_from_a_folder,
)

from demo.localserver import LocalServer

ROOTS = (
    "data_sets",
    "extraction_pipelines",
    "files",
    "annotations",
    "data_modeling",
    "iam",
    "functions",
    "workflows",
    "raw",
)
LATER = "localcdf does not serve this API: image360 has no use for it"
NOT_SERVED = {
    "data_sets.aggregate_count": "the aggregate endpoint is not served",
    "files.aggregate_count": "the aggregate endpoint is not served",
    "files.search": "the search endpoint is not served",
    "data_modeling.instances.inspect": "the inspect endpoint is not served",
    "data_modeling.instances.subscribe": "runs in the background for ever; it calls sync, which is called",
    "data_modeling.instances.sync_with_file_cache": "needs a security category, which are not served",
    "data_modeling.graphql.*": LATER,
    "data_modeling.records.*": LATER,
    "data_modeling.streams.*": LATER,
    "data_modeling.time_series.*": LATER,
    "workflows.versions.__call__": "it asks GET /workflows/versions, which the reference does not have",
    "raw.rows.insert_dataframe": "needs pandas; it calls insert, which is called",
    "raw.rows.retrieve_dataframe": "needs pandas; it calls list, which is called",
    "iam.principals.*": LATER,
    "iam.security_categories.*": LATER,
    "iam.user_profiles.*": LATER,
}


def surface(api: Any, path: str) -> Iterator[tuple[str, type, str]]:
    """Every public method of an API and of those below it: what it is called, its class and its name."""
    for name, _ in inspect.getmembers(type(api), inspect.isfunction):
        if name == "__call__" or not name.startswith("_"):
            yield f"{path}.{name}", type(api), name
    for name, below in vars(api).items():
        if not name.startswith("_") and "_sync_api" in type(below).__module__:
            yield from surface(below, f"{path}.{name}")


def reason(method: str) -> str | None:
    """The entry of the table that a method falls under."""
    families = ("".join((method.rsplit(".", depth)[0], ".*")) for depth in (1, 2))
    return next((each for each in (method, *families) if each in NOT_SERVED), None)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, fresh_client: CogniteClient) -> set[str]:
    """The methods that were called so far."""
    seen: set[str] = set()

    def recorded(method: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            seen.add(method)
            return original(*given, **named)

        return call

    for root in ROOTS:
        for method, owner, name in surface(getattr(fresh_client, root), root):
            monkeypatch.setattr(owner, name, recorded(method, getattr(owner, name)))
    return seen


def test_every_public_method_of_the_sdk_is_called_or_listed(
    called: set[str], fresh_cdf: LocalServer, fresh_client: CogniteClient, tmp_path: Path
) -> None:
    fresh_cdf.read_as(annotation_instance_looked_up="no", function_deployment="0", list_lag="0")
    client = fresh_client
    carry_out(client)
    carry_out_modeling(client)
    function_from_a_folder(client, code_folder(tmp_path))
    _the_rest(client, tmp_path)
    sdk_flows.raw(client)
    sdk_flows.statistics(client)
    sdk_flows.schedules(client, sdk_flows.echo(client))
    sdk_flows.workflows(client)
    every = {method for root in ROOTS for method, _, _ in surface(getattr(client, root), root)}
    unserved = {method for method in every if reason(method)}
    assert every - called - unserved == set(), "call it, or list it as not served"
    assert called & unserved == set(), "it is called: take it off the list"
    assert set(NOT_SERVED) == {reason(method) for method in unserved}, "the SDK no longer has it"


def _the_rest(client: CogniteClient, folder: Path) -> None:
    data_set = client.data_sets.create(DataSetWrite("rest"))
    assert client.data_sets.retrieve_multiple(external_ids=["rest"]) == [data_set]
    assert [each.external_id for each in client.data_sets()].count("rest") == 1
    assert client.extraction_pipelines.retrieve_multiple(external_ids=["x"], ignore_unknown_ids=True) == []
    assert list(client.extraction_pipelines()) == []
    _file_content(client, folder)
    _modeling_iterators(client)
    _modeling_files(client, folder)
    capability = FilesAcl([FilesAcl.Action.Read], FilesAcl.Scope.All())
    assert client.iam.verify_capabilities(capability) == []
    assert client.iam.compare_capabilities(capability, capability) == []


def _file_content(client: CogniteClient, folder: Path) -> None:
    files, source = client.files, folder / "source.txt"
    source.write_bytes(b"content")
    uploaded = files.upload(source, external_id="a")
    files.upload_bytes(b"more", "b.txt", external_id="b")
    files.create(FileMetadataWrite("c.txt", "c"))
    files.upload_content(source, external_id="c")
    assert files.retrieve(external_id="a") == files.retrieve(id=uploaded.id)
    assert len(files.retrieve_download_urls(external_id=["a", "b"])) == 2
    files.download(folder, external_id="b")
    files.download_to_path(folder / "copy.txt", external_id="c")
    assert (folder / "b.txt").read_bytes() == b"more"
    assert (folder / "copy.txt").read_bytes() == b"content"
    assert {each.external_id for each in files()} >= {"a", "b", "c"}
    assert client.annotations.retrieve_multiple([]) == []
    with pytest.warns(FeaturePreviewWarning):
        assert client.annotations.reverse_lookup(AnnotationReverseLookupFilter("file"), limit=10) == []


def _modeling_iterators(client: CogniteClient) -> None:
    modeling = client.data_modeling
    modeling.spaces.apply(SpaceApply(SPACE))
    assert [each.space for each in modeling.spaces()] == [SPACE]
    assert list(modeling.containers(space=SPACE)) == []
    assert list(modeling.views(space=SPACE)) == []
    assert list(modeling.data_models(space=SPACE)) == []
    assert list(modeling.instances(space=SPACE)) == []
    assert modeling.instances.retrieve_nodes((SPACE, "none")) is None
    assert modeling.instances.retrieve_edges((SPACE, "none")) is None
    watched: Any = {"all": NodeResultSetExpressionSync(limit=5)}
    modeling.instances.sync(QuerySync(with_=watched, select={"all": SelectSync()}))


def _modeling_files(client: CogniteClient, folder: Path) -> None:
    files, source = client.data_modeling.files, folder / "source.txt"
    files.upload(source, CogniteFileApply(SPACE, "up", name="up.txt"))
    files.upload_bytes(b"bytes", CogniteFileApply(SPACE, "bytes", name="bytes.txt"))
    client.data_modeling.instances.apply(CogniteFileApply(SPACE, "later", name="later.txt"))
    files.upload_content(source, (SPACE, "later"))
    files.upload_content_bytes(b"again", (SPACE, "bytes"))
    node = NodeId(SPACE, "up")
    assert files.download_bytes(node) == b"content"
    files.download(folder, node)
    files.download_to_path(folder / "down.txt", node)
    assert (folder / "down.txt").read_bytes() == (folder / "up.txt").read_bytes() == b"content"
    assert len(files.list(space=SPACE)) == 3
    assert files.retrieve(node).external_id == "up"
    assert len(files.retrieve_download_urls([node])) == 1
