"""The project that the variables name, as Cognite's toolkit has them, and a client for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cognite.client import ClientConfig, CogniteClient, global_config
from cognite.client.credentials import CredentialProvider, OAuthClientCredentials, Token
from cognite.client.exceptions import CogniteAPIError, CogniteAuthError, CogniteProjectAccessError

CLIENT_NAME = "image360-smoke"
SECRETS = ("CDF_TOKEN", "IDP_CLIENT_SECRET")
LOCAL_PAGES = "/_localcdf/"
LOCAL_PAGE = f"{LOCAL_PAGES}fidelity"


class SettingError(Exception):
    """The variables do not name a project, or no way into it."""


@dataclass(frozen=True)
class Project:
    """Where to go, and how to get in."""

    name: str
    url: str
    credentials: CredentialProvider
    secrets: tuple[str, ...]  # what may never be shown

    def client(self) -> CogniteClient:
        """Return a client of the real SDK."""
        global_config.disable_pypi_version_check = True
        return CogniteClient(
            ClientConfig(CLIENT_NAME, project=self.name, base_url=self.url, credentials=self.credentials)
        )


def project_of(variables: Mapping[str, str]) -> Project:
    """Read the project from the environment variables; a SettingError names those that are missing."""
    given = {name: value for name in variables if (value := variables[name].strip())}
    missing = [
        *_unless("CDF_PROJECT" in given, "CDF_PROJECT"),
        *_unless("CDF_URL" in given or "CDF_CLUSTER" in given, "CDF_CLUSTER (or CDF_URL)"),
        *_missing_of_credentials(given),
    ]
    if missing:
        raise SettingError(f"set {', '.join(missing)}: they name the CDF project and the way into it")
    url = given.get("CDF_URL") or f"https://{given['CDF_CLUSTER']}.cognitedata.com"
    url = url.rstrip("/")
    secrets = tuple(given[name] for name in SECRETS if name in given)
    return Project(given["CDF_PROJECT"], url, _credentials(given, url), secrets)


def is_real(client: CogniteClient) -> bool:
    """Say whether this is a CDF; a local one has pages of its own, or refuses them by their name.

    Raises CogniteException where nobody answers, or not to this caller.
    """
    if _status(client, "/api/v1/token/inspect")[0] == 401:
        raise CogniteAuthError("401: the credentials are not accepted")
    code, told = _status(client, LOCAL_PAGE)
    return code == 404 or (code != 200 and LOCAL_PAGES not in told)


def _status(client: CogniteClient, path: str) -> tuple[int, str]:
    try:
        return client.get(path).status_code, ""
    except CogniteAPIError as error:
        if error.code == 429 or error.code >= 500:
            raise
        return error.code, f"{error.message}"
    except CogniteProjectAccessError:  # the SDK's word for any 401
        return 401, ""


def _missing_of_credentials(given: Mapping[str, str]) -> list[str]:
    if "CDF_TOKEN" in given:
        if "IDP_CLIENT_SECRET" in given:
            raise SettingError("CDF_TOKEN and IDP_CLIENT_SECRET are both set: unset the one not to be used")
        return []
    if not any(name in given for name in ("IDP_CLIENT_ID", "IDP_CLIENT_SECRET")):
        return ["CDF_TOKEN (or IDP_CLIENT_ID, IDP_CLIENT_SECRET and IDP_TENANT_ID or IDP_TOKEN_URL)"]
    return [
        *_unless("IDP_CLIENT_ID" in given, "IDP_CLIENT_ID"),
        *_unless("IDP_CLIENT_SECRET" in given, "IDP_CLIENT_SECRET"),
        *_unless("IDP_TOKEN_URL" in given or "IDP_TENANT_ID" in given, "IDP_TENANT_ID (or IDP_TOKEN_URL)"),
    ]


def _unless(there: bool, name: str) -> list[str]:
    return [] if there else [name]


def _credentials(given: Mapping[str, str], url: str) -> CredentialProvider:
    if token := given.get("CDF_TOKEN"):
        return Token(token)
    token_url, scopes = given.get("IDP_TOKEN_URL"), given.get("IDP_SCOPES", "")
    if token_url is None:  # Entra ID, whose scope follows from the cluster
        token_url = f"https://login.microsoftonline.com/{given['IDP_TENANT_ID']}/oauth2/v2.0/token"
        scopes = scopes or f"{url}/.default"
    further = {"audience": given["IDP_AUDIENCE"]} if "IDP_AUDIENCE" in given else {}
    return OAuthClientCredentials(
        token_url,
        given["IDP_CLIENT_ID"],
        given["IDP_CLIENT_SECRET"],
        re.split(r"[\s,]+", scopes) if scopes else None,
        **further,
    )
