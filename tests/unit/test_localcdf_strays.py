"""Content that nothing refers to, as a stopped or killed local CDF may leave it."""

from pathlib import Path

from localcdf.app import SCHEMAS, create_service
from localcdf.content.table import set_content
from localcdf.content.transfer import remove_strays
from localcdf.files.table import FILES, add_file
from localcdf.store import open_store


def test_only_the_content_of_files_that_are_there_is_kept(tmp_path: Path) -> None:
    store = open_store(tmp_path, SCHEMAS)
    call = create_service(store, "local", "token", "http://127.0.0.1").platform_call(1)
    for blob in ("kept", "replaced", "deleted", "incoming-cut"):
        (store.blobs / blob).write_bytes(b"content")
    kept, deleted = add_file(call, {"name": "a"}), add_file(call, {"name": "b"})
    set_content(call, kept, "replaced")
    set_content(call, kept, "kept")
    set_content(call, deleted, "deleted")
    FILES.delete(store.db, [deleted["id"]])
    remove_strays(store)
    assert [path.name for path in store.blobs.iterdir()] == ["kept"]
    store.close()
