"""Functions: what may be created, how it becomes ready or fails, what is shown of it."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import FileMetadataWrite
from cognite.client.exceptions import CogniteAPIError, CogniteDuplicatedError, CogniteNotFoundError

from demo.localserver import AT_ONCE, LocalServer, local_cdf

API = "/api/v1/projects/local"
HANDLER = b"def handle(client, data):\n    return {}\n"
Refused = Callable[..., CogniteAPIError]
Create = Callable[..., dict[str, Any]]


def zip_of(**members: bytes) -> bytes:
    """A zip; `handler_py=` becomes handler.py."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_py", ".py"), data)
    return content.getvalue()


@pytest.fixture(autouse=True)
def _deployed_at_once(local_cdf: LocalServer) -> Iterator[None]:
    local_cdf.read_as(function_deployment="0")
    yield
    local_cdf.read_as(function_deployment="180")


@pytest.fixture(scope="module")
def code(client: CogniteClient) -> int:
    """The id of a file that is the zip of a good function."""
    return client.files.upload_bytes(zip_of(handler_py=HANDLER), name="good.zip").id


@pytest.fixture
def create(post: Callable[..., Any], code: int, client: CogniteClient) -> Iterator[Create]:
    """Create a function with these fields, and delete it after the test."""
    made = []

    def do(**fields: Any) -> dict[str, Any]:
        (function,) = post("/functions", {"items": [{"name": "f", "fileId": code} | fields]})["items"]
        made.append(function["id"])
        return function

    yield do
    there = client.functions.retrieve_multiple(ids=made, ignore_unknown_ids=True) if made else []
    for function in there:
        client.functions.delete(id=function.id)


@pytest.fixture
def deployed(client: CogniteClient, create: Create) -> Callable[..., Any]:
    """Deploy a function from this zip; return it as it is then."""

    def do(content: bytes, **fields: Any) -> Any:
        file = client.files.upload_bytes(content, name="some.zip")
        return client.functions.retrieve(id=create(fileId=file.id, **fields)["id"])

    return do


def test_a_folder_becomes_a_function_by_the_sdk(client: CogniteClient, tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_bytes(HANDLER)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text("x = 1\n")
    made = client.functions.create("from a folder", folder=str(tmp_path), external_id="from-a-folder")
    assert made.status == "Queued"
    function = client.functions.retrieve(external_id="from-a-folder")
    assert function is not None
    assert (function.status, function.error) == ("Ready", None)
    client.functions.delete(external_id="from-a-folder")
    assert client.functions.retrieve(external_id="from-a-folder") is None


def test_what_was_sent_comes_back_as_sent_but_for_the_secrets(create: Create, code: int) -> None:
    sent = {
        "externalId": "echo",
        "description": "d",
        "owner": "",
        "metadata": {"k": "v"},
        "functionPath": "handler.py",
        "envVars": {"A_1": "x"},
        "cpu": 1,
        "memory": 1.5,
        "runtime": "py312",
    }
    hidden = {"indexUrl": "https://u:p@host/simple", "extraIndexUrls": ["https://u:p@host/simple"]}
    function = create(**sent, **hidden, secrets={"a-key-1": "hush"})
    added = {name: function.pop(name) for name in ("id", "createdTime", "status", "runtimeVersion")}
    assert function == sent | {"name": "f", "fileId": code, "secrets": {"a-key-1": "***"}}
    assert added["status"] == "Queued"
    assert added["runtimeVersion"].startswith("Python 3.")


def test_fields_that_were_not_sent_are_not_there_but_for_the_platforms_own(create: Create) -> None:
    assert create().keys() == {
        *("id", "name", "fileId", "createdTime", "status", "cpu", "memory", "runtime", "runtimeVersion")
    }


def test_a_secret_is_in_no_answer(create: Create, client: CogniteClient) -> None:
    function = create(secrets={"a": "hush-hush"})
    answers = [
        client.get(f"{API}/functions").text,
        client.get(f"{API}/functions/{function['id']}").text,
        client.post(f"{API}/functions/list", json={}).text,
        client.post(f"{API}/functions/byids", json={"items": [{"id": function["id"]}]}).text,
    ]
    assert all('"***"' in answer and "hush-hush" not in answer for answer in answers)


LIMITS = [
    ("name", "n" * 140, "n" * 141),
    ("name", "n", ""),
    ("externalId", "e" * 255, "e" * 256),
    ("description", "d" * 500, "d" * 501),
    ("owner", "o" * 128, "o" * 129),
    ("functionPath", "handler.py", "h" * 501),
    ("functionPath", "handler.py", "/handler.py"),
    ("functionPath", "handler.py", "../handler.py"),
    ("functionPath", "handler.py", "a\\handler.py"),
    ("metadata", {str(n): "" for n in range(16)}, {str(n): "" for n in range(17)}),
    ("metadata", {"k" * 32: ""}, {"k" * 33: ""}),
    ("metadata", {"k": "v" * 512}, {"k": "v" * 513}),
    (
        "metadata",
        {f"{n}": "v" * 511 for n in range(8)},
        {f"{n}": "v" * 511 for n in range(8)} | {"8": ""},
    ),
    ("envVars", {f"V{n}": "" for n in range(100)}, {f"V{n}": "" for n in range(101)}),
    ("envVars", {"aZ_9": ""}, {"a-b": ""}),
    ("envVars", {}, {"": ""}),
    ("secrets", {f"s{n}": "" for n in range(30)}, {f"s{n}": "" for n in range(31)}),
    ("secrets", {"a-9": ""}, {"A": ""}),
    ("secrets", {"a" * 15: ""}, {"a" * 16: ""}),
    ("secrets", {"ab": ""}, {"a_b": ""}),
    ("secrets", {"tokens": ""}, {"token": ""}),
    ("secrets", {"s": "x" * 24_999}, {"s": "x" * 25_000}),
    ("runtime", "py313", "py314"),
    ("cpu", 1.0, 1.1),
    ("cpu", 1.0, 0.9),
    ("memory", 1.5, 1.6),
    ("memory", 1.5, 1.4),
]


@pytest.mark.parametrize(("field", "at_the_limit", "beyond"), LIMITS)
def test_each_limit_holds(
    create: Create, refused: Refused, code: int, field: str, at_the_limit: Any, beyond: Any
) -> None:
    assert field in create(**{field: at_the_limit})
    refused("/functions", {"items": [{"name": "f", "fileId": code, field: beyond}]}, field)


@pytest.mark.parametrize("field", ["status", "id", "secret", "dataSetId"])
def test_a_field_that_is_not_there_is_refused(refused: Refused, code: int, field: str) -> None:
    refused("/functions", {"items": [{"name": "f", "fileId": code, field: 1}]}, "Unknown field")


def test_exactly_one_function_is_created_at_a_time(refused: Refused, code: int) -> None:
    refused("/functions", {"items": []})
    refused("/functions", {"items": [{"name": "f", "fileId": code}] * 2})


def test_the_file_must_exist_and_be_uploaded(refused: Refused, client: CogniteClient) -> None:
    refusal = refused("/functions", {"items": [{"name": "f", "fileId": 1}]}, "no file")
    assert refusal.missing == [{"id": 1}]
    empty, _ = client.files.create(FileMetadataWrite(name="never.zip"))
    refused("/functions", {"items": [{"name": "f", "fileId": empty.id}]}, "not uploaded")


def test_a_taken_external_id_is_a_409(create: Create, client: CogniteClient, code: int) -> None:
    create(externalId="taken")
    with pytest.raises(CogniteDuplicatedError):
        client.functions.create("f", file_id=code, external_id="taken")


def test_a_project_has_at_most_100_functions(tmp_path: Path) -> None:
    with local_cdf(tmp_path) as server:
        server.read_as(**AT_ONCE, function_deployment="0")
        client = server.client("tests")
        code = client.files.upload_bytes(zip_of(handler_py=HANDLER), name="good.zip").id
        body = {"items": [{"name": "f", "fileId": code}]}
        made = [client.post(f"{API}/functions", json=body).json()["items"][0]["id"] for _ in range(100)]
        with pytest.raises(CogniteAPIError, match="at most 100") as refusal:
            client.post(f"{API}/functions", json=body)
        assert refusal.value.code == 400
        client.functions.delete(id=made[0])
        client.post(f"{API}/functions", json=body)


def test_a_function_is_queued_then_deploying_then_ready(
    fresh_cdf: LocalServer, fresh_client: CogniteClient
) -> None:
    fresh_cdf.admin("clock", {"run": False})
    file = fresh_client.files.upload_bytes(zip_of(handler_py=HANDLER), name="good.zip")
    fresh_cdf.admin("clock", {"advance": 3600})  # what may come late in an upload is there
    function = fresh_client.functions.create("f", file_id=file.id)
    seen = [function.status]
    for seconds in (59, 1, 119, 1):
        fresh_cdf.admin("clock", {"advance": seconds})
        function.update()
        seen.append(function.status)
    assert seen == ["Queued", "Queued", "Deploying", "Deploying", "Ready"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no zip", "cannot be unpacked: it is no sound zip"),
        (zip_of(other_py=HANDLER), "no file handler.py"),
        (zip_of(handler_py=b"def handle(:"), "not valid Python"),
        (zip_of(handler_py=b"\x00\xff"), "not valid Python"),
        (zip_of(handler_py=b"def main(client): pass"), "named 'handle'"),
        (zip_of(handler_py=b"async def handle(client): pass"), "without async"),
        (zip_of(handler_py=b"if True:\n  def handle(client): pass"), "named 'handle'"),
        (zip_of(handler_py=b"def handle(klient, data): pass"), "handle takes klient"),
        (zip_of(handler_py=b"def handle(*, context): pass"), "handle takes context"),
        (zip_of(handler_py=b"def handle(client, /): pass"), "by position only"),
    ],
)
def test_what_is_no_function_fails_and_says_why(
    deployed: Callable[..., Any], content: bytes, why: str
) -> None:
    function = deployed(content)
    assert function.status == "Failed"
    assert why in function.error["message"]
    assert function.error["trace"] is None


@pytest.mark.parametrize(
    "handler",
    [
        b"def handle(): pass",
        b"def handle(function_call_info, secrets, data, client): pass",
        b"def handle(*, client): pass",
        b"def handle(x): pass\ndef handle(client): pass",
        b"handle = print",
        b"handle: object = print",
    ],
)
def test_a_handle_takes_what_cdf_passes_in_any_order(deployed: Callable[..., Any], handler: bytes) -> None:
    assert deployed(zip_of(handler_py=handler)).status == "Ready"


def test_a_function_path_names_another_file(deployed: Callable[..., Any]) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("sub/main.py", HANDLER)
    assert deployed(content.getvalue(), functionPath="sub/main.py").status == "Ready"
    assert deployed(content.getvalue(), functionPath="sub/main.txt").status == "Failed"
    assert deployed(content.getvalue()).status == "Failed"


def test_a_file_that_is_deleted_before_it_is_read_fails_the_function(
    fresh_cdf: LocalServer, fresh_client: CogniteClient
) -> None:
    file = fresh_client.files.upload_bytes(zip_of(handler_py=HANDLER), name="good.zip")
    fresh_cdf.admin("clock", {"advance": 3600})
    function = fresh_client.functions.create("f", file_id=file.id)
    fresh_client.files.delete(id=file.id)
    fresh_cdf.admin("clock", {"advance": 180})
    function.update()
    assert (function.status, "is deleted" in function.error["message"]) == ("Failed", True)


def test_a_function_that_is_deleted_before_it_is_ready_is_gone(
    fresh_cdf: LocalServer, fresh_client: CogniteClient
) -> None:
    file = fresh_client.files.upload_bytes(zip_of(handler_py=HANDLER), name="good.zip")
    fresh_cdf.admin("clock", {"advance": 3600})
    ids = [fresh_client.functions.create("f", file_id=file.id).id for _ in range(2)]
    fresh_client.functions.delete(id=ids[0])
    fresh_cdf.admin("clock", {"advance": 90})
    fresh_client.functions.delete(id=ids[1])
    fresh_cdf.admin("clock", {"advance": 180})
    assert fresh_client.functions.list() == []


def test_functions_are_listed_by_what_they_are(create: Create, client: CogniteClient, code: int) -> None:
    one = create(name="one", owner="me", externalId="list-one", metadata={"a": "1", "b": "2"})
    two = create(name="two", owner="you", externalId="list-two", metadata={"a": "2"})

    def ids(**filters: Any) -> set[int]:
        return {each.id for each in client.functions.list(**filters)} & {one["id"], two["id"]}

    assert ids() == ids(status="Ready") == ids(file_id=code) == {one["id"], two["id"]}
    assert ids(name="one") == ids(owner="me") == ids(metadata={"a": "1"}) == {one["id"]}
    assert ids(external_id_prefix="list-t") == {two["id"]}
    assert ids(created_time={"max": one["createdTime"] - 1}) == ids(status="Failed") == set()
    assert len(client.functions.list(limit=1)) == 1
    assert len(client.functions.list(limit=None)) >= 2
    assert len(client.get(f"{API}/functions", params={"limit": 1}).json()["items"]) == 1


def test_functions_are_found_by_either_identifier(create: Create, client: CogniteClient) -> None:
    function = create(externalId="found")
    assert client.functions.retrieve(external_id="found") == client.functions.retrieve(id=function["id"])
    assert client.get(f"{API}/functions/{function['id']}").json()["externalId"] == "found"
    with pytest.raises(CogniteNotFoundError):
        client.functions.retrieve_multiple(external_ids=["found", "nowhere"])
    found = client.functions.retrieve_multiple(external_ids=["found", "nowhere"], ignore_unknown_ids=True)
    assert [each.external_id for each in found] == ["found"]


@pytest.mark.parametrize("path", ["/functions/byids", "/functions/delete"])
def test_at_most_ten_functions_are_named_at_a_time(
    refused: Refused, post: Callable[..., Any], path: str
) -> None:
    ten = [{"externalId": f"nowhere-{n}"} for n in range(10)]
    post(path, {"items": ten, "ignoreUnknownIds": True})
    refused(path, {"items": [*ten, {"externalId": "one more"}], "ignoreUnknownIds": True})
    assert refused(path, {"items": ten[:1]}).missing == ten[:1]
    refused(path, {"items": []})


@pytest.mark.parametrize(("path", "code"), [("1", 404), ("x", 400), ("9" * 17, 400), ("-1", 400)])
def test_a_path_without_a_function_is_refused(client: CogniteClient, path: str, code: int) -> None:
    with pytest.raises(CogniteAPIError) as refusal:
        client.get(f"{API}/functions/{path}")
    assert refusal.value.code == code


def test_functions_are_activated(client: CogniteClient, local_cdf: LocalServer) -> None:
    assert client.functions.status().status == "activated"
    assert client.functions.activate().status == "activated"
    headers = {"Authorization": f"Bearer {local_cdf.token}"}
    assert httpx2.post(f"{local_cdf.url}{API}/functions/status", headers=headers).status_code == 202


def test_the_tightest_limits_of_all_clouds_hold(client: CogniteClient) -> None:
    limits = client.functions.limits()
    assert (limits.timeout_minutes, limits.response_size_mb) == (9, 1)
    assert limits.cpu_cores == {"min": 1.0, "max": 1.0, "default": 1.0}
    assert limits.memory_gb == {"min": 1.5, "max": 1.5, "default": 1.5}
    assert "py313" in limits.runtimes
