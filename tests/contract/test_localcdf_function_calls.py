"""Calls of functions: the uploaded zip runs in a process of its own, within limits, and its end is kept."""

import io
import json
import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import DataSetWrite, FileMetadataUpdate, Function, FunctionCall
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer, local_cdf
from tests.conftest import UserOf, capabilities, forbidden

API = "/api/v1/projects/local"
PATIENCE = 30  # seconds
on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux confines a process, and shows them all"
)


@pytest.fixture(autouse=True)
def _deployed_at_once(local_cdf: LocalServer) -> Iterator[None]:
    local_cdf.read_as(function_deployment="0")
    yield
    local_cdf.read_as(function_deployment="180")


def deploy(
    client: CogniteClient, handler: str, files: dict[str, str] | None = None, **fields: Any
) -> Function:
    """Deploy a function with this handler.py and these further files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {"handler.py": handler, **(files or {})}.items():
            archive.writestr(name, dedent(text))
    file = client.files.upload_bytes(content.getvalue(), name="code.zip")
    return client.functions.create(fields.pop("name", "f"), file_id=file.id, **fields)


def nonce_of(client: CogniteClient) -> str:
    return client.iam.sessions.create(session_type="TOKEN_EXCHANGE").nonce


def ended(client: CogniteClient, function: Function, call: FunctionCall) -> FunctionCall:
    """The call once it runs no longer."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        now = client.functions.calls.retrieve(call.id, function_id=function.id)
        assert now is not None
        if now.status != "Running":
            return now
        time.sleep(0.05)
    raise AssertionError(f"call {call.id} runs after {PATIENCE} s")


Run = Callable[..., FunctionCall]


@pytest.fixture
def run(client: CogniteClient) -> Iterator[Run]:
    """Deploy a function, call it and wait until the call has ended."""
    made = []

    def do(handler: str, data: dict[str, Any] | None = None, **fields: Any) -> FunctionCall:
        function = deploy(client, handler, **fields)
        made.append(function.id)
        return ended(client, function, client.functions.call(id=function.id, data=data, wait=False))

    yield do
    for function in made:
        client.functions.delete(id=function)


def test_a_folder_is_uploaded_deployed_called_and_answers_by_the_sdk(
    client: CogniteClient, tmp_path: Path
) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "names.py").write_text(
        "def listed(client):\n    return client.data_sets.list()\n"
    )
    (tmp_path / "handler.py").write_text(
        dedent("""
        from package.names import listed

        def handle(client, data):
            print("looking")
            return {"seen": len(listed(client)), "data": data}
        """)
    )
    function = client.functions.create("folder", folder=str(tmp_path), external_id="called-folder")
    call = client.functions.call(external_id="called-folder", data={"a": [1, None, "é"]}, wait=True)
    assert call.status == "Completed"
    assert call.get_response() == {"seen": len(client.data_sets.list()), "data": {"a": [1, None, "é"]}}
    assert [line.message for line in call.get_logs()] == ["looking"]
    assert call.end_time is not None
    assert call.end_time >= call.start_time
    assert function.list_calls()[0].id == call.id
    function.update()
    assert function.last_called == call.start_time
    client.functions.delete(external_id="called-folder")


def test_the_handle_gets_just_the_arguments_that_it_names(run: Run) -> None:
    call = run(
        """
        def handle(function_call_info, secrets, data):
            return [function_call_info, secrets, data]
        """,
        {"x": 1},
        secrets={"key": "hush"},
    )
    info = {"function_id": str(call.function_id), "call_id": str(call.id)}
    assert call.get_response() == [info, {"key": "hush"}, {"x": 1}]
    assert run("def handle(): return 'nothing'").get_response() == "nothing"
    assert run("def handle(data, secrets): return [data, secrets]").get_response() == [{}, {}]


def test_a_function_acts_with_the_rights_of_its_session_and_not_with_those_of_the_admin(
    local_cdf: LocalServer, run: Run
) -> None:
    call = run("def handle(client): return client.config.credentials.authorization_header()")
    name, value = call.get_response()
    assert name == "Authorization"
    assert value.startswith("Bearer ")
    assert local_cdf.token not in value


def test_a_function_may_do_what_its_session_may_and_not_what_the_admin_may(
    user_of: UserOf, client: CogniteClient
) -> None:
    function = deploy(client, "def handle(client):\n    client.data_sets.list()\n    client.files.list()")
    may = ["functionsAcl:READ", "functionsAcl:RUN", "sessionsAcl:CREATE", "datasetsAcl:READ"]
    call = ended(client, function, user_of(capabilities(*may)).functions.call(id=function.id, wait=False))
    assert call.status == "Failed"
    assert "the caller lacks filesAcl:READ" in call.error["message"]
    call = ended(
        client,
        function,
        user_of(capabilities(*may, "filesAcl:READ")).functions.call(id=function.id, wait=False),
    )
    assert call.status == "Completed", call.error
    client.functions.delete(id=function.id)


def test_a_function_is_made_of_a_file_that_the_caller_may_read(
    user_of: UserOf, client: CogniteClient
) -> None:
    function = deploy(client, "def handle(): pass")
    ours = client.data_sets.create(DataSetWrite())
    scoped = capabilities("filesAcl:READ", scope={"datasetScope": {"ids": [ours.id]}})
    user = user_of([*capabilities("functionsAcl:WRITE"), *scoped])
    body = {"items": [{"name": "f", "fileId": function.file_id}]}
    forbidden(lambda: user.post(f"{API}/functions", json=body), "filesAcl:READ")
    client.files.update(FileMetadataUpdate(id=function.file_id).data_set_id.set(ours.id))
    made = user.post(f"{API}/functions", json=body).json()["items"][0]
    client.functions.delete(id=[function.id, made["id"]])


def test_a_chained_session_goes_one_level_deep(run: Run, client: CogniteClient) -> None:
    handler = """
        def handle(client, data):
            if data["depth"]:
                less = {"depth": data["depth"] - 1}
                return client.functions.call(external_id="deep", data=less, wait=False).id
            return None
        """
    call = run(handler, {"depth": 1}, external_id="deep")
    assert call.status == "Completed", call.error
    inner = client.functions.retrieve(id=call.function_id).list_calls()
    assert {each.id for each in inner} == {call.id, call.get_response()}
    chained = run(handler.replace("deep", "deeper"), {"depth": 2}, external_id="deeper")
    function = client.functions.retrieve(id=chained.function_id)
    inner_call = ended(client, function, client.functions.calls.retrieve(chained.get_response(), function.id))
    assert inner_call.status == "Failed"
    assert "chained" in inner_call.error["message"]


def test_an_exception_fails_the_call_with_its_message_and_trace(run: Run) -> None:
    call = run(
        """
        def inner():
            raise ValueError("the valve is stuck")

        def handle(data):
            print("before")
            inner()
        """
    )
    assert call.status == "Failed"
    assert call.error["message"] == "the valve is stuck"
    assert "in inner" in call.error["trace"]
    assert call.get_response() is None
    assert [line.message for line in call.get_logs()] == ["before"]


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        ("import nowhere\ndef handle(): pass", "nowhere"),
        ("handle = 5", "5 is not a callable"),
        ("def handle(): raise SystemExit('left')", "left"),
        ("def handle(): return {1, 2}", "set is not JSON serializable"),
        ("def handle(): return b'x'", "bytes is not JSON serializable"),
        ("def handle(): return float('nan')", "not JSON compliant"),
        ("def handle():\n    a = []\n    a.append(a)\n    return a", "Circular"),
        ("def handle(): return handle()", "recursion"),
        ("def handle(): return 'x' * 1_000_000", "1000002 bytes of JSON, more than 1000000"),
        ("import os\ndef handle(): os._exit(3)", "exit code 3"),
        ("import os, signal\ndef handle(): os.kill(os.getpid(), signal.SIGSEGV)", "exit code -11"),
        ("def handle(): return len(bytearray(2_000_000_000))", "MemoryError"),
        ("import sys\ndef handle(): return sys.stdin.readline() or 1 / 0", "division"),
    ],
)
def test_what_is_no_answer_fails_the_call(run: Run, handler: str, why: str) -> None:
    call = run(handler)
    assert call.status == "Failed"
    assert why in call.error["message"]


def test_answers_at_the_limit_and_with_any_json_are_taken(run: Run) -> None:
    assert len(run("def handle(): return 'x' * 999_998").get_response()) == 999_998
    assert run("def handle(): return len(bytearray(1_000_000_000))").get_response() == 10**9
    for value in (["a", 1.5, {"b": None}], "text", 0, False):
        assert run(f"def handle(): return {value!r}").get_response() == value
    assert run("def handle(): return None").get_response() is None


def test_the_log_has_each_printed_line_with_its_time_and_no_standard_error(run: Run) -> None:
    call = run(
        """
        import json, logging, subprocess, sys, time

        def handle():
            print(json.dumps({"level": "info"}))
            time.sleep(0.3)
            print("two\\nlines\\n")
            print("é" * 100_000)
            sys.stderr.write("not seen\\n")
            logging.warning("not seen")
            subprocess.run(["/bin/echo", "of a child"])
            sys.stdout.write("without an end")
        """
    )
    assert call.status == "Completed", call.error
    lines = call.get_logs()
    short = [line.message for line in lines if len(line.message) < 1000]
    assert short == ['{"level": "info"}', "two", "lines", "", "of a child", "without an end"]
    assert sum(line.message.count("é") for line in lines) >= 100_000 - 10
    assert lines[1].timestamp >= lines[0].timestamp + 250
    assert all(call.start_time <= line.timestamp <= call.end_time for line in lines)


def test_standard_error_is_in_the_log_if_the_reading_says_so(local_cdf: LocalServer, run: Run) -> None:
    local_cdf.read_as(function_log="stdout-and-stderr")
    try:
        call = run("import sys\ndef handle(): sys.stderr.write('seen')")
    finally:
        local_cdf.read_as(function_log="stdout")
    assert [line.message for line in call.get_logs()] == ["seen"]


def test_a_log_without_end_is_cut(run: Run) -> None:
    call = run("def handle():\n    for n in range(100_000): print(f'{n:050}')")
    lines = call.get_logs()
    assert 19_000 < len(lines) < 20_000
    assert "cut" in lines[-1].message


@on_linux
def test_a_function_sees_none_of_the_servers_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "hush")
    monkeypatch.setenv("PYTHONPATH", "/somewhere", prepend=os.pathsep)
    with local_cdf(tmp_path) as server:
        server.read_as(function_deployment="0", list_lag="0")
        client = server.client("tests")
        function = deploy(
            client,
            """
            import os, pathlib, sys

            def handle():
                return {"env": dict(os.environ), "argv": sys.argv, "path": sys.path,
                        "open": pathlib.Path("/proc/self/cmdline").read_text()}
            """,
            env_vars={"OWN": "value"},
        )
        response = ended(client, function, client.functions.call(id=function.id, wait=False)).get_response()
    assert set(response["env"]) - {"LC_CTYPE"} == {"PATH", "HOME", "TMPDIR", "LANG", "OWN"}
    assert response["env"]["OWN"] == "value"
    assert response["env"]["HOME"] != os.environ["HOME"]
    assert "/somewhere" not in response["path"]
    assert server.token not in json.dumps(response)
    assert "hush" not in json.dumps(response)


@on_linux
def test_only_the_temporary_folder_can_be_written_to(run: Run, tmp_path: Path) -> None:
    call = run(
        """
        import os, pathlib, tempfile

        def can_write(path):
            try:
                pathlib.Path(path).write_text("x")
                return True
            except OSError:
                return False

        def handle(data):
            with tempfile.NamedTemporaryFile() as file:
                file.write(b"x" * 1000)
            scratch = pathlib.Path(tempfile.gettempdir())
            os.rename(scratch.joinpath("a").mkdir() or scratch / "a", scratch / "b")
            here = pathlib.Path(__file__)
            places = [here, here.parent / "new", "new", here.parent.parent / "new", data["outside"],
                      os.path.expanduser("~/new"), scratch / "new", "/dev/null"]
            return [can_write(place) for place in places]
        """,
        {"outside": str(tmp_path / "new")},
    )
    assert call.get_response() == [False, False, False, False, False, True, True, True], call.error
    assert not (tmp_path / "new").exists()


def test_a_function_has_what_is_in_its_zip_and_the_packages_installed_and_nothing_of_this_checkout(
    run: Run,
) -> None:
    call = run(
        """
        import importlib.util

        def handle():
            return [importlib.util.find_spec(name) is not None
                    for name in ("work", "confinement", "localcdf", "demo", "cognite.client", "numpy")]
        """
    )
    assert call.get_response() == [False, False, False, False, True, True]
    call = run("import work\ndef handle(): return work.X", files={"work.py": "X = 1"})
    assert call.get_response() == 1


def test_nothing_of_one_call_is_there_in_the_next(client: CogniteClient) -> None:
    function = deploy(
        client,
        """
        import pathlib, tempfile

        def handle():
            left = pathlib.Path(tempfile.gettempdir(), "left")
            seen = left.exists()
            left.write_text("x")
            return [seen, str(left)]
        """,
    )
    calls = [ended(client, function, client.functions.call(id=function.id, wait=False)) for _ in range(2)]
    (first, place), (second, _) = [call.get_response() for call in calls]
    assert (first, second) == (False, False)
    assert not Path(place).parent.parent.exists()
    client.functions.delete(id=function.id)


def is_alive(process: int) -> bool:
    """Whether there is such a process; one that is dead and was not yet fetched by its parent is not."""
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(*processes: int) -> bool:
    deadline = time.monotonic() + 10
    while any(map(is_alive, processes)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


FORKS = """
    import os, subprocess, time

    def handle(data):
        child = os.fork()
        if child == 0:
            time.sleep(data["inner"])
            return "a fork's answer is not the call's"
        other = subprocess.Popen(["/bin/sleep", "1000"])
        detached = subprocess.Popen(["/bin/sleep", "1000"], start_new_session=True)
        print(os.getpid(), child, other.pid, detached.pid, flush=True)
        time.sleep(data["outer"])
        return [os.getpid(), child, other.pid, detached.pid]
    """


@on_linux
def test_children_of_a_function_end_with_it(run: Run) -> None:
    call = run(FORKS, {"inner": 1000, "outer": 0})
    assert gone(*call.get_response())


def test_a_fork_that_returns_from_the_handle_answers_nothing(run: Run) -> None:
    call = run(FORKS, {"inner": 0, "outer": 1})
    assert call.status == "Completed", call.error
    assert len(call.get_response()) == 4


@on_linux
def test_a_call_beyond_the_time_limit_is_killed(fresh_cdf: LocalServer, fresh_client: CogniteClient) -> None:
    fresh_cdf.read_as(function_deployment="0", list_lag="0")
    function = deploy(fresh_client, FORKS)
    call = fresh_client.functions.call(id=function.id, data={"inner": 1000, "outer": 1000}, wait=False)
    processes = processes_of(fresh_cdf, call)
    fresh_cdf.admin("clock", {"advance": 9 * 60 - 30})
    time.sleep(0.5)
    assert fresh_client.functions.calls.retrieve(call.id, function_id=function.id).status == "Running"
    fresh_cdf.admin("clock", {"advance": 31})
    call = ended(fresh_client, function, call)
    assert call.status == "Timeout"
    assert "540 seconds" in call.error["message"]
    assert gone(*processes)
    (line,) = call.get_logs()
    assert set(line.message.split()) < set(map(str, processes))


def processes_of(server: LocalServer, call: FunctionCall) -> list[int]:
    """The processes that the server has started, and theirs, once there are all of FORKS."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = descendants(server.process.pid)
        if len(found) == 5:
            return found
        time.sleep(0.05)
    raise AssertionError(f"the processes of call {call.id} do not come up")


def descendants(process: int) -> list[int]:
    children = [
        int(child)
        for task in Path(f"/proc/{process}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return children + [each for child in children for each in descendants(child)]


@on_linux
@pytest.mark.parametrize("kill", ["terminate", "kill"])
def test_no_process_outlives_the_server_and_the_call_is_failed_at_the_next_start(
    tmp_path: Path, kill: str
) -> None:
    with local_cdf(tmp_path) as server:
        server.read_as(function_deployment="0", list_lag="0")
        client = server.client("tests")
        function = deploy(client, FORKS)
        call = client.functions.call(id=function.id, data={"inner": 1000, "outer": 1000}, wait=False)
        processes = processes_of(server, call)
        getattr(server.process, kill)()
        server.wait()
        assert gone(*processes)
    with local_cdf(tmp_path) as server:
        call = server.client("tests").functions.calls.retrieve(call.id, function_id=function.id)
        assert call.status == "Failed"
        assert "stopped while the call ran" in call.error["message"]
        assert list((tmp_path / "calls").glob("*")) == []


@on_linux
def test_a_deleted_function_stops_running_and_its_calls_are_gone(
    fresh_cdf: LocalServer, fresh_client: CogniteClient
) -> None:
    fresh_cdf.read_as(function_deployment="0", list_lag="0")
    function = deploy(fresh_client, FORKS)
    call = fresh_client.functions.call(id=function.id, data={"inner": 1000, "outer": 1000}, wait=False)
    processes = processes_of(fresh_cdf, call)
    fresh_client.functions.delete(id=function.id)
    assert gone(*processes)
    assert fresh_client.functions.calls.retrieve(call.id, function_id=function.id) is None


def test_a_function_runs_on_though_its_file_is_deleted_and_the_server_started_anew(tmp_path: Path) -> None:
    with local_cdf(tmp_path) as server:
        server.read_as(function_deployment="0", list_lag="0")
        client = server.client("tests")
        function = deploy(client, "def handle(): return 1")
        client.files.delete(id=function.file_id)
    with local_cdf(tmp_path) as server:
        client = server.client("tests")
        assert ended(client, function, client.functions.call(id=function.id, wait=False)).get_response() == 1


def refusal_of(client: CogniteClient, function: int | str, body: Any) -> CogniteAPIError:
    with pytest.raises(CogniteAPIError) as refusal:
        client.post(f"{API}/functions/{function}/call", json=body)
    return refusal.value


def test_a_function_is_called_when_ready_and_not_before(
    fresh_cdf: LocalServer, fresh_client: CogniteClient
) -> None:
    function = deploy(fresh_client, "def handle(): return 1")
    for status in ("Queued", "Deploying"):
        refusal = refusal_of(fresh_client, function.id, {"nonce": nonce_of(fresh_client)})
        assert (refusal.code, status in refusal.message) == (400, True)
        fresh_cdf.admin("clock", {"advance": 60})
    fresh_cdf.admin("clock", {"advance": 60})
    assert (
        ended(fresh_client, function, fresh_client.functions.call(id=function.id, wait=False)).status
        == "Completed"
    )
    failed = deploy(fresh_client, "def main(): return 1")
    fresh_cdf.admin("clock", {"advance": 180})
    assert "is Failed" in refusal_of(fresh_client, failed.id, {"nonce": nonce_of(fresh_client)}).message


def test_a_call_needs_a_nonce_that_is_good_once(client: CogniteClient) -> None:
    function = deploy(client, "def handle(): return 1")
    nonce = nonce_of(client)
    client.functions.call(id=function.id, nonce=nonce, wait=False)
    for body in ({"nonce": nonce}, {"nonce": "made up"}, {"nonce": ""}, {}, {"data": {}}):
        assert refusal_of(client, function.id, body).code == 400
    assert refusal_of(client, function.id, {"nonce": nonce_of(client), "data": [1]}).code == 400
    assert refusal_of(client, function.id, {"nonce": nonce_of(client), "wait": True}).code == 400
    client.functions.delete(id=function.id)


@pytest.mark.parametrize(
    ("cloud", "most"), [(None, 36_000), ("azure", 36_000), ("aws", 240_000), ("gcp", 9_000_000)]
)
def test_the_input_is_bounded_by_the_cloud(tmp_path: Path, cloud: str | None, most: int) -> None:
    with local_cdf(tmp_path, options=["--cloud", cloud] if cloud else []) as server:
        server.read_as(function_deployment="0", list_lag="0")
        client = server.client("tests")
        function = deploy(client, "def handle(data): return len(data['x'])")
        fits = "x" * (most - len('{"x":""}'))
        refusal = refusal_of(client, function.id, {"nonce": nonce_of(client), "data": {"x": fits + "x"}})
        assert (refusal.code, f"more than the {most}" in refusal.message) == (400, True)
        call = client.functions.call(id=function.id, data={"x": fits}, wait=False)
        assert ended(client, function, call).get_response() == len(fits)


@on_linux
@pytest.mark.parametrize(
    ("cloud", "minutes", "gigabytes"), [("gcp", 9, 1.5), ("azure", 10, 2), ("aws", 10, 1.5)]
)
def test_time_and_memory_are_bounded_by_the_cloud(
    tmp_path: Path, cloud: str, minutes: int, gigabytes: float
) -> None:
    with local_cdf(tmp_path, options=["--cloud", cloud]) as server:
        server.read_as(function_deployment="0", list_lag="0")
        client = server.client("tests")
        takes = deploy(client, "def handle(data): return len(bytearray(data['bytes']))")

        def taking(share: float) -> FunctionCall:
            data = {"bytes": int(share * gigabytes * 10**9)}
            return ended(client, takes, client.functions.call(id=takes.id, data=data, wait=False))

        assert taking(0.9).status == "Completed"
        assert "MemoryError" in taking(1.01).error["message"]
        sleeps = deploy(client, "import time\ndef handle(): print('on', flush=True); time.sleep(1000)")
        call = client.functions.call(id=sleeps.id, wait=False)
        while not descendants(server.process.pid):
            time.sleep(0.05)
        time.sleep(0.5)
        server.admin("clock", {"advance": minutes * 60 - 10})
        time.sleep(0.5)
        assert client.functions.calls.retrieve(call.id, function_id=sleeps.id).status == "Running"
        server.admin("clock", {"advance": 11})
        assert ended(client, sleeps, call).status == "Timeout"


def test_100_calls_of_a_function_and_250_of_a_project_run_at_once(tmp_path: Path) -> None:
    with local_cdf(tmp_path) as server:
        server.read_as(function_deployment="0", list_lag="0")
        client = server.client("tests")
        functions = [deploy(client, "import time\ndef handle(): time.sleep(1000)") for _ in range(3)]

        def call(function: Function) -> int:
            body = {"nonce": nonce_of(client)}
            return client.post(f"{API}/functions/{function.id}/call", json=body).json()["id"]

        calls = [call(functions[0]) for _ in range(100)]
        refusal = refusal_of(client, functions[0].id, {"nonce": nonce_of(client)})
        assert (refusal.code, "a function may have 100" in refusal.message) == (429, True)
        calls += [call(functions[1]) for _ in range(100)] + [call(functions[2]) for _ in range(50)]
        refusal = refusal_of(client, functions[2].id, {"nonce": nonce_of(client)})
        assert (refusal.code, "a project may have 250" in refusal.message) == (429, True)
        assert len(set(calls)) == 250
        running = [client.functions.calls.list(each.id, status="Running", limit=None) for each in functions]
        assert [len(each) for each in running] == [100, 100, 50]
        assert {each.id for listed in running for each in listed} == set(calls)
        client.functions.delete(id=functions[1].id)
        call(functions[2])


def test_calls_are_listed_newest_first_page_by_page_and_by_what_they_are(client: CogniteClient) -> None:
    function = deploy(client, "def handle(data): return 1 / data['by']")
    calls = [client.functions.call(id=function.id, data={"by": n % 2}, wait=False) for n in range(5)]
    states = [ended(client, function, call) for call in calls]
    assert [call.status for call in states] == ["Failed", "Completed", "Failed", "Completed", "Failed"]
    newest = sorted(states, key=lambda call: (call.start_time, call.id), reverse=True)
    path = f"{API}/functions/{function.id}/calls"
    by_get, by_post = {"limit": 2}, {"limit": 2, "filter": {}}
    pages: list[list[int]] = []
    while True:
        got = client.get(path, params=by_get).json()
        posted = client.post(f"{path}/list", json=by_post).json()
        assert got["items"] == posted["items"]
        pages.append([each["id"] for each in got["items"]])
        if "nextCursor" not in got:
            break
        by_get["cursor"], by_post["cursor"] = got["nextCursor"], posted["nextCursor"]
    assert [len(each) for each in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == [call.id for call in newest]

    def ids(**filters: Any) -> set[int]:
        return {each.id for each in client.functions.calls.list(function_id=function.id, **filters)}

    assert ids(status="Completed") == {calls[1].id, calls[3].id}
    assert ids(start_time={"min": newest[0].start_time}) >= {newest[0].id}
    assert ids(end_time={"max": min(call.start_time for call in states) - 1}) == set()
    assert ids(schedule_id=1) == set()
    client.functions.delete(id=function.id)


def test_calls_are_found_by_id_below_their_function_only(client: CogniteClient) -> None:
    functions = [deploy(client, "def handle(): return 1") for _ in range(2)]
    call = ended(client, functions[0], client.functions.call(id=functions[0].id, wait=False))
    ours, theirs = (f"{API}/functions/{function.id}/calls" for function in functions)
    assert client.get(f"{ours}/{call.id}").json() == {
        "id": call.id,
        "functionId": functions[0].id,
        "status": "Completed",
        "startTime": call.start_time,
        "endTime": call.end_time,
    }
    assert client.get(f"{ours}/{call.id}/response").json() == {
        "functionId": functions[0].id,
        "callId": call.id,
        "response": 1,
    }
    for path in (
        f"{theirs}/{call.id}",
        f"{theirs}/{call.id}/response",
        f"{theirs}/{call.id}/logs",
        f"{ours}/1",
    ):
        with pytest.raises(CogniteAPIError) as refusal:
            client.get(path)
        assert refusal.value.code == 404
    with pytest.raises(CogniteAPIError) as refusal:
        client.post(f"{theirs}/byids", json={"items": [{"id": call.id}]})
    assert refusal.value.missing == [{"id": call.id}]
    unknown = {"items": [{"id": call.id}], "ignoreUnknownIds": True}
    assert client.post(f"{theirs}/byids", json=unknown).json() == {"items": []}
    assert client.functions.calls.retrieve(call.id, function_id=functions[1].id) is None
    client.functions.delete(id=[each.id for each in functions])


def test_while_it_runs_a_call_has_no_response_and_no_log(client: CogniteClient) -> None:
    function = deploy(client, "import time\ndef handle():\n    print('x', flush=True)\n    time.sleep(1000)")
    call = client.functions.call(id=function.id, wait=False)
    assert (call.status, call.end_time) == ("Running", None)
    assert call.get_response() is None
    assert list(call.get_logs()) == []
    client.functions.delete(id=function.id)
