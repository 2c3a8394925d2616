"""The content of files, in and out by every way the SDK has."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import FileMetadataWrite
from cognite.client.exceptions import CogniteAPIError, CogniteFileUploadError, CogniteNotFoundError

from demo.localserver import LocalServer

Refused = Callable[..., Any]
API = "/api/v1/projects/local"
PART = 5 * 2**20


def unique() -> str:
    """An external id that no other test has."""
    return f"content-{uuid4().hex[:12]}"


def create(client: CogniteClient, **fields: Any) -> tuple[str, str]:
    """A file without content: its external id, and the link to put its content to."""
    name = unique()
    _, url = client.files.create(FileMetadataWrite(**{"name": "a.bin", "external_id": name, **fields}))
    return name, url


# --- in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"x", os.urandom(3_000_000)], ids=len)
def test_upload_bytes(client: CogniteClient, content: bytes) -> None:
    name = unique()
    client.files.upload_bytes(content, name="a.jpg", external_id=name, mime_type="image/jpeg")
    file = client.files.retrieve(external_id=name)
    assert file.uploaded
    assert file.uploaded_time >= file.created_time
    assert client.files.download_bytes(external_id=name) == content


@pytest.mark.parametrize("size", [0, 10, 6_000_000])
def test_upload_of_a_path_goes_in_parts_and_comes_back_whole(
    client: CogniteClient, tmp_path: Path, size: int
) -> None:
    path = tmp_path / "content.bin"
    path.write_bytes(os.urandom(size))
    name = unique()
    client.files.upload(path, external_id=name, mime_type="image/png")
    assert client.files.retrieve(external_id=name).uploaded
    assert client.files.download_bytes(external_id=name) == path.read_bytes()


def test_upload_of_a_folder(client: CogniteClient, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"file {number}")
    uploaded = client.files.upload(tmp_path)
    contents = [client.files.download_bytes(id=file.id).decode() for file in uploaded]
    assert sorted(contents) == ["file 0", "file 1", "file 2"]


def test_content_for_a_file_that_is_there(client: CogniteClient, tmp_path: Path) -> None:
    name, _ = create(client)
    client.files.upload_content_bytes(b"first", external_id=name)
    assert client.files.download_bytes(external_id=name) == b"first"
    path = tmp_path / "second"
    path.write_bytes(b"second")
    client.files.upload_content(path, external_id=name)
    assert client.files.download_bytes(external_id=name) == b"second"


def test_a_file_keeps_its_content_until_the_new_one_is_there(client: CogniteClient) -> None:
    name, _ = create(client)
    client.files.upload_content_bytes(b"old", external_id=name)
    again, url = client.files.create(FileMetadataWrite("new name", external_id=name), overwrite=True)
    assert again.uploaded
    assert client.files.download_bytes(external_id=name) == b"old"
    httpx2.put(url, content=b"new")
    assert client.files.download_bytes(external_id=name) == b"new"


def test_parts_may_come_in_any_order_and_again(client: CogniteClient, post: Any) -> None:
    name = unique()
    first, second = os.urandom(PART + 1), os.urandom(PART + 1)
    begun = post("/files/initmultipartupload?parts=3", {"name": "a.bin", "externalId": name})
    for part, content in [(2, b"end"), (1, b"sent wrongly first"), (1, second), (0, first)]:
        assert httpx2.put(begun["uploadUrls"][part], content=content).status_code == 200
    assert not client.files.retrieve(external_id=name).uploaded
    post("/files/completemultipartupload", {"externalId": name, "uploadId": begun["uploadId"]})
    assert client.files.retrieve(external_id=name).uploaded
    assert client.files.download_bytes(external_id=name) == first + second + b"end"


def test_parts_for_a_file_that_is_there(client: CogniteClient) -> None:
    name, _ = create(client)
    with client.files.multipart_upload_content_session(parts=2, external_id=name) as session:
        session.upload_part(0, b"a" * (PART + 1))
        session.upload_part(1, b"b")
    assert client.files.download_bytes(external_id=name) == b"a" * (PART + 1) + b"b"


def test_an_upload_with_a_part_missing_cannot_be_completed(
    client: CogniteClient, post: Any, refused: Refused
) -> None:
    begun = post("/files/initmultipartupload?parts=2", {"name": "a.bin"})
    httpx2.put(begun["uploadUrls"][0], content=b"a" * (PART + 1))
    complete = {"id": begun["id"], "uploadId": begun["uploadId"]}
    refused("/files/completemultipartupload", complete, "1 of 2 parts")
    assert not client.files.retrieve(id=begun["id"]).uploaded


def test_every_part_but_the_last_is_larger_than_five_mebibytes(client: CogniteClient) -> None:
    def upload(size: int) -> None:
        with client.files.multipart_upload_session("a.bin", parts=2) as session:
            session.upload_part(0, b"a" * size)
            session.upload_part(1, b"")

    upload(PART + 1)
    with pytest.raises(CogniteAPIError, match="larger than 5242880 bytes"):
        upload(PART)


@pytest.mark.parametrize("parts", [0, 251, -1])
def test_an_upload_has_one_to_250_parts(post: Any, refused: Refused, parts: int) -> None:
    refused(f"/files/initmultipartupload?parts={parts}", {"name": "x"}, "parts")
    assert len(post("/files/initmultipartupload?parts=250", {"name": "x"})["uploadUrls"]) == 250


def test_the_number_of_parts_is_needed(refused: Refused) -> None:
    refused("/files/initmultipartupload", {"name": "x"}, "parts: Field required")


def test_an_upload_is_completed_once_and_for_its_own_file(post: Any, refused: Refused) -> None:
    mine = post("/files/initmultipartupload?parts=1", {"name": "x"})
    other = post("/files", {"name": "y"})
    httpx2.put(mine["uploadUrls"][0], content=b"x")
    refused(
        "/files/completemultipartupload", {"id": other["id"], "uploadId": mine["uploadId"]}, "no open upload"
    )
    done = {"id": mine["id"], "uploadId": mine["uploadId"]}
    assert post("/files/completemultipartupload", done) == {}
    refused("/files/completemultipartupload", done, "no open upload")
    assert httpx2.put(mine["uploadUrls"][0], content=b"late").status_code == 403


def test_links_for_unknown_files_are_refused(client: CogniteClient) -> None:
    with pytest.raises(CogniteNotFoundError):
        client.files.upload_content_bytes(b"x", external_id="no-such")
    with pytest.raises(CogniteNotFoundError):
        client.files.retrieve_download_urls(external_id="no-such")


# --- out ---------------------------------------------------------------------------------------------------


def test_download_to_folder_and_to_path(client: CogniteClient, tmp_path: Path) -> None:
    names = [create(client, name=f"{letter}.txt")[0] for letter in "ab"]
    for name in names:
        client.files.upload_content_bytes(name.encode(), external_id=name)
    client.files.download(tmp_path, external_id=names)
    assert [(tmp_path / f"{letter}.txt").read_text() for letter in "ab"] == names
    client.files.download_to_path(tmp_path / "c.txt", external_id=names[0])
    assert (tmp_path / "c.txt").read_text() == names[0]


def test_download_links_come_in_order_with_the_identifier_asked_by(client: CogniteClient, post: Any) -> None:
    names = [create(client)[0] for _ in range(3)]
    for name in names:
        client.files.upload_content_bytes(name.encode(), external_id=name)
    first = client.files.retrieve(external_id=names[0]).id
    items = post("/files/downloadlink", {"items": [{"externalId": names[2]}, {"id": first}]})["items"]
    assert [sorted(item) for item in items] == [["downloadUrl", "externalId"], ["downloadUrl", "id"]]
    assert [httpx2.get(item["downloadUrl"]).text for item in items] == [names[2], names[0]]


def test_content_comes_with_its_type(client: CogniteClient) -> None:
    name = unique()
    client.files.upload_bytes(b"\xff\xd8", name="a.jpg", external_id=name, mime_type="image/jpeg")
    answer = httpx2.get(client.files.retrieve_download_urls(external_id=name)[name])
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content == b"\xff\xd8"


def test_an_icon_is_served_for_images_only(client: CogniteClient) -> None:
    image, text, empty = unique(), unique(), unique()
    client.files.upload_bytes(b"pixels", name="a.jpg", external_id=image, mime_type="image/jpeg")
    client.files.upload_bytes(b"words", name="a.txt", external_id=text, mime_type="text/plain")
    create(client, external_id=empty, mime_type="image/png")

    def icon(**params: Any) -> Any:
        return client.get(f"{API}/files/icon", params=params)

    assert icon(externalId=image).content == b"pixels"
    assert icon(id=client.files.retrieve(external_id=image).id).headers["content-type"] == "image/jpeg"
    for params, message in [
        ({"externalId": text}, "No icon"),
        ({"externalId": empty}, "no content"),
        ({"externalId": "no-such"}, "not found"),
        ({"id": 1, "externalId": image}, "is needed"),
        ({"space": "s"}, "is needed"),
        ({"space": "s", "instanceExternalId": "x"}, "not found"),
        ({}, "is needed"),
    ]:
        with pytest.raises(CogniteAPIError, match=message) as refusal:
            icon(**params)
        assert refusal.value.code == 400


# --- links -------------------------------------------------------------------------------------------------


def forged(url: str, **changes: Any) -> str:
    """The link with its claim changed and its signature kept."""
    start, _, token = url.rpartition("/")
    content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    claim = {**json.loads(content[32:]), **changes}
    return (
        f"{start}/{base64.urlsafe_b64encode(content[:32] + json.dumps(claim).encode()).decode().rstrip('=')}"
    )


def until(url: str) -> int:
    """When a link expires, in epoch milliseconds."""
    token = url.rpartition("/")[2]
    return json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[32:])["until"]


def test_links_live_half_a_minute_an_hour_or_a_week(client: CogniteClient) -> None:
    name, upload_url = create(client)
    client.files.upload_content_bytes(b"x", external_id=name)
    file = client.files.retrieve(external_id=name)
    urls = [
        client.files.retrieve_download_urls(external_id=name, extended_expiration=extended)[name]
        for extended in (False, True)
    ]
    lives = [(until(url) - file.uploaded_time) / 1000 for url in urls]
    assert lives == [pytest.approx(30, abs=5), pytest.approx(3600, abs=5)]
    assert until(upload_url) - file.created_time == pytest.approx(7 * 24 * 3600 * 1000, abs=5000)


def test_a_link_cannot_be_stretched_turned_or_guessed(client: CogniteClient, local_cdf: LocalServer) -> None:
    name, upload_url = create(client)
    client.files.upload_content_bytes(b"mine", external_id=name)
    other = client.files.retrieve(external_id=create(client)[0])
    url = client.files.retrieve_download_urls(external_id=name)[name]
    for wrong in (
        forged(url, until=until(url) + 60_000),
        forged(url, file=other.id),
        url.replace("/download/", "/upload/"),
        upload_url.replace("/upload/", "/download/"),
        f"{local_cdf.url}/_localcdf/blob/download/x",
        f"{local_cdf.url}/_localcdf/blob/upload/AAAA",
        url[:-2],
    ):
        method = "PUT" if "/upload/" in wrong else "GET"
        answer = httpx2.request(method, wrong, content=b"theirs" if method == "PUT" else None)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == 403
    assert client.files.download_bytes(external_id=name) == b"mine"


def test_the_sdk_reports_a_refused_put(client: CogniteClient, post: Any) -> None:
    session = client.files.multipart_upload_session("a.bin", parts=1)
    client.files.delete(id=session.file_metadata.id)
    with pytest.raises(CogniteFileUploadError) as refusal:
        session.upload_part(0, b"x")
    assert refusal.value.code == 404


def test_links_expire_by_the_local_clock(fresh_cdf: LocalServer, fresh_client: CogniteClient) -> None:
    fresh_cdf.admin("clock", {"run": False})
    name, upload = create(fresh_client)

    def status(url: str) -> int:
        answer = httpx2.put(url, content=b"x") if "/upload/" in url else httpx2.get(url)
        return answer.status_code

    assert status(upload) == 200
    short = fresh_client.files.retrieve_download_urls(external_id=name)[name]
    long = fresh_client.files.retrieve_download_urls(external_id=name, extended_expiration=True)[name]
    for url, seconds in ((short, 30), (long, 3600), (upload, 7 * 24 * 3600)):
        left = seconds * 1000 - _elapsed(fresh_cdf)
        fresh_cdf.admin("clock", {"advance": left / 1000})
        assert status(url) == 200
        fresh_cdf.admin("clock", {"advance": 0.001})
        assert status(url) == 403


def _elapsed(server: LocalServer) -> int:
    """Milliseconds since the file was made."""
    now = server.admin("clock", {"advance": 0})["now"]
    return now - server.client("tests").files.list()[0].created_time
