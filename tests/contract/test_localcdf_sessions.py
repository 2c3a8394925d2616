"""Sessions: how long a nonce and a token are good, and who may make a session with whose token."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cognite.client import ClientConfig, CogniteClient
from cognite.client.credentials import OAuthClientCredentials, Token
from cognite.client.data_classes import ClientCredentials
from cognite.client.exceptions import CogniteAPIError, CogniteNotFoundError

from demo.localserver import LocalServer
from localcdf.app import SCHEMAS, create_service
from localcdf.bearers import TOKEN_LIFE, principal_of
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.principal import ADMIN
from localcdf.service import Service
from localcdf.sessions import NewSessions, SessionIds, create, renew, retrieve, revoke, spend
from localcdf.store import open_store

WORKER = {"name": "worker", "clientId": "worker-id", "clientSecret": "worker-secret", "groups": ["workers"]}
NOW = 1_700_000_000_000


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A local CDF without its HTTP side: what spends a nonce runs inside it."""
    store = open_store(tmp_path, SCHEMAS)
    yield create_service(store, "local", "admin-token", "http://127.0.0.1")
    store.close()


@pytest.fixture
def call(service: Service) -> Call:
    """A call of the admin."""
    return service.platform_call(NOW)


def nonce_of(call: Call, **wanted: Any) -> str:
    """The nonce of a new session of the caller."""
    body = NewSessions.model_validate({"items": [wanted or {"tokenExchange": True}]}, strict=True)
    return create(replace(call, body=body))["items"][0]["nonce"]


def in_session(call: Call, token: str) -> Call:
    """The call of one who holds the token of a session."""
    return replace(call, principal=call.bearers.look_up(token, call.now))


def test_a_nonce_is_spent_by_its_first_use(call: Call) -> None:
    nonce = nonce_of(call)
    assert spend(call, nonce).principal.is_admin
    with pytest.raises(CdfError, match="is spent") as refusal:
        spend(call, nonce)
    assert refusal.value.code == 400


def test_a_nonce_lives_one_minute(call: Call) -> None:
    first, second = nonce_of(call), nonce_of(call)
    assert spend(replace(call, now=NOW + 59_999), first)
    with pytest.raises(CdfError, match="one minute") as refusal:
        spend(replace(call, now=NOW + 60_000), second)
    assert refusal.value.code == 400


def test_a_nonce_that_nobody_made_is_refused(call: Call) -> None:
    with pytest.raises(CdfError, match="Unknown nonce"):
        spend(call, "made-up")


def test_a_session_of_a_session_is_chained_and_the_last_of_its_chain(call: Call) -> None:
    root = spend(call, nonce_of(call))
    chained = spend(call, nonce_of(in_session(call, root.token)))
    assert (root.is_chained, chained.is_chained) == (False, True)
    with pytest.raises(CdfError, match="is chained") as refusal:
        nonce_of(in_session(call, chained.token))
    assert refusal.value.code == 403


def test_who_needs_a_root_session_refuses_a_chained_one_and_leaves_its_nonce(call: Call) -> None:
    root = spend(call, nonce_of(call), root_only=True)
    nonce = nonce_of(in_session(call, root.token))
    with pytest.raises(CdfError, match="is chained") as refusal:
        spend(call, nonce, root_only=True)
    assert refusal.value.code == 403
    assert spend(call, nonce).is_chained


def test_the_tokens_of_a_revoked_session_and_of_its_children_are_good_no_longer(call: Call) -> None:
    root = spend(call, nonce_of(call))
    chained = spend(call, nonce_of(in_session(call, root.token)))
    ids = SessionIds.model_validate({"items": [{"id": root.id}]})
    assert revoke(replace(call, body=ids))["items"][0]["status"] == "REVOKED"
    for session in (root, chained):
        assert call.bearers.remembered(session.token, NOW) is None
        with pytest.raises(CdfError) as refusal:
            call.bearers.look_up(session.token, NOW)
        assert refusal.value.code == 401
        with pytest.raises(CdfError, match="REVOKED"):
            renew(call, session.id)


def test_a_token_of_a_session_lives_an_hour_and_can_be_renewed_unless_it_is_one_shot(call: Call) -> None:
    lasting = spend(call, nonce_of(call))
    one_shot = spend(call, nonce_of(call, oneshotTokenExchange=True))
    later = replace(call, now=NOW + TOKEN_LIFE)
    for session in (lasting, one_shot):
        assert call.bearers.look_up(session.token, later.now - 1)
        with pytest.raises(CdfError, match="expired"):
            call.bearers.look_up(session.token, later.now)
    assert call.bearers.look_up(renew(later, lasting.id).token, later.now) == lasting.principal
    with pytest.raises(CdfError, match="EXPIRED"):
        renew(later, one_shot.id)


def test_a_session_goes_through_its_states(call: Call) -> None:
    nonce_of(call, oneshotTokenExchange=True)
    nonce = nonce_of(call, oneshotTokenExchange=True)
    made = [{"id": row["id"]} for row in call.db.execute("SELECT id FROM sessions")]
    body = SessionIds.model_validate({"items": made})

    def states(now: int) -> set[str]:
        return {each["status"] for each in retrieve(replace(call, body=body, now=now))["items"]}

    assert states(NOW) == {"READY"}
    spend(call, nonce)
    assert states(NOW) == {"READY", "ACTIVE"}
    assert states(NOW + 60_000) == {"EXPIRED", "ACTIVE"}
    assert states(NOW + TOKEN_LIFE) == {"EXPIRED"}


def test_secrets_tokens_and_nonces_are_kept_as_digests_only(
    service: Service, call: Call, tmp_path: Path
) -> None:
    session = spend(call, nonce := nonce_of(call))
    unspent = nonce_of(call)
    service.store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = (tmp_path / "state.sqlite").read_bytes()
    assert not any(each.encode() in kept for each in (nonce, unspent, session.token, "admin-token"))


def test_the_admin_of_a_session_is_the_admin_but_not_the_holder_of_the_admin_token(call: Call) -> None:
    holder = call.bearers.look_up(spend(call, nonce_of(call)).token, NOW)
    assert holder.is_admin
    assert holder is not ADMIN
    assert principal_of(call.db, None).is_admin


# Over HTTP, through the SDK


@pytest.fixture(scope="module")
def worker(local_cdf: LocalServer) -> CogniteClient:
    """A client with the credentials of a service principal that may do all about sessions."""
    local_cdf.admin("identities", {"items": [WORKER]})
    sessions = {"sessionsAcl": {"actions": ["LIST", "CREATE", "DELETE"], "scope": {"all": {}}}}
    groups = {"groupsAcl": {"actions": ["LIST"], "scope": {"currentuserscope": {}}}}
    projects = {"projectsAcl": {"actions": ["LIST"], "scope": {"all": {}}}}
    group = {"name": "workers", "sourceId": "workers", "capabilities": [sessions, groups, projects]}
    local_cdf.client("tests").post("/api/v1/projects/local/groups", json={"items": [group]})
    credentials = OAuthClientCredentials(
        f"{local_cdf.url}/oauth2/token", WORKER["clientId"], WORKER["clientSecret"], scopes=None
    )
    return CogniteClient(ClientConfig("tests", "local", credentials, base_url=local_cdf.url))


def test_the_sdk_makes_lists_and_revokes_sessions(worker: CogniteClient, client: CogniteClient) -> None:
    made = worker.iam.sessions.create()
    assert (made.type, made.status, made.client_id) == ("CLIENT_CREDENTIALS", "READY", WORKER["clientId"])
    assert worker.iam.sessions.retrieve(made.id).status == "READY"
    assert made.id in {each.id for each in worker.iam.sessions.list(status="READY", limit=-1)}
    assert worker.iam.sessions.revoke(made.id).status == "REVOKED"
    assert worker.iam.sessions.revoke(made.id).status == "REVOKED"  # it is idempotent
    assert made.id not in {each.id for each in worker.iam.sessions.list(status="READY", limit=-1)}
    for kind in ("TOKEN_EXCHANGE", "ONESHOT_TOKEN_EXCHANGE"):
        assert client.iam.sessions.create(session_type=kind).type == kind


def test_the_list_of_sessions_has_pages(worker: CogniteClient) -> None:
    made = [worker.iam.sessions.create().id for _ in range(7)]
    page, seen, pages = {"nextCursor": None}, [], 0
    while "nextCursor" in page:
        params = {"limit": 3} | ({"cursor": page["nextCursor"]} if page["nextCursor"] else {})
        page = worker.get("/api/v1/projects/local/sessions", params=params).json()
        seen += [each["id"] for each in page["items"]]
        pages += 1
    assert pages >= 3
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{}],
        [{"tokenExchange": False}],
        [{"clientId": "a"}],
        [{"clientSecret": "a"}],
        [{"clientId": "a", "clientSecret": "b", "tokenExchange": True}],
        [{"tokenExchange": True, "oneshotTokenExchange": True}],
        [{"tokenExchange": True}, {"tokenExchange": True}],
        [{"tokenExchange": True, "name": "a"}],
    ],
)
def test_a_session_is_made_in_exactly_one_way(refused: Callable[..., Any], items: list[Any]) -> None:
    refused("/sessions", {"items": items})


def test_a_session_needs_credentials_that_are_right(worker: CogniteClient) -> None:
    wrong = ClientCredentials(WORKER["clientId"], "wrong-secret")
    with pytest.raises(CogniteAPIError, match="wrong clientSecret"):
        worker.iam.sessions.create(wrong)


def test_an_unknown_session_is_missing(worker: CogniteClient) -> None:
    for ask in (worker.iam.sessions.revoke, worker.iam.sessions.retrieve):
        with pytest.raises(CogniteNotFoundError) as refusal:
            ask([12345])
        assert refusal.value.missing == [{"id": 12345}]


# Tokens


def test_a_token_of_client_credentials_is_good_for_an_hour(fresh_cdf: LocalServer) -> None:
    fresh_cdf.admin("identities", {"items": [WORKER]})
    fresh_cdf.read_as(looking_at_oneself="none")
    fresh_cdf.admin("clock", {"run": False})
    form = {
        "grant_type": "client_credentials",
        "client_id": WORKER["clientId"],
        "client_secret": WORKER["clientSecret"],
    }
    granted = httpx2.post(f"{fresh_cdf.url}/oauth2/token", data=form | {"scope": "any"}).json()
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 3600)
    headers = {"Authorization": f"Bearer {granted['access_token']}"}

    def status() -> int:
        return httpx2.get(f"{fresh_cdf.url}/api/v1/projects/local/groups", headers=headers).status_code

    assert status() == 200
    fresh_cdf.admin("clock", {"advance": 3599.999})
    assert status() == 200
    fresh_cdf.admin("clock", {"advance": 0.001})
    assert status() == 401


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong-secret"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": ["worker-id", "worker-id"]}, 400, "invalid_request"),
    ],
)
def test_the_token_endpoint_refuses_in_the_words_of_oauth(
    worker: CogniteClient, local_cdf: LocalServer, change: dict[str, Any], status: int, error: str
) -> None:
    form = {"grant_type": "client_credentials", "client_id": "worker-id", "client_secret": "worker-secret"}
    answer = httpx2.post(f"{local_cdf.url}/oauth2/token", data=form | change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json().keys() == {"error", "error_description"}


def test_the_identities_are_for_the_admin_token_only(worker: CogniteClient, local_cdf: LocalServer) -> None:
    for page in ("identities", "log", "clock", "readings"):
        with pytest.raises(CogniteAPIError, match="admin token only") as refusal:
            worker.get(f"{local_cdf.url}/_localcdf/{page}")
        assert refusal.value.code == 403


def test_a_user_gets_a_token_that_ends_with_the_user(worker: CogniteClient, local_cdf: LocalServer) -> None:
    made = local_cdf.admin("identities", {"items": [{"name": "Ada", "groups": ["workers"]}]})["items"][0]
    assert (made["type"], made["groups"]) == ("USER", ["workers"])
    user = CogniteClient(ClientConfig("tests", "local", Token(made["token"]), base_url=local_cdf.url))
    assert user.iam.token.inspect().subject == made["id"]
    headers = {"Authorization": f"Bearer {local_cdf.token}"}
    shown = httpx2.get(f"{local_cdf.url}/_localcdf/identities", headers=headers).json()["items"]
    assert {"id": made["id"], "name": "Ada", "type": "USER", "groups": ["workers"]} in shown
    httpx2.delete(f"{local_cdf.url}/_localcdf/identities", params={"name": "Ada"}, headers=headers)
    gone = httpx2.get(
        f"{local_cdf.url}/api/v1/token/inspect", headers={"Authorization": f"Bearer {made['token']}"}
    )
    assert gone.status_code == 401
