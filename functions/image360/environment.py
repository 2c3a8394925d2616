"""The CDF project that the environment variables name, as Cognite's toolkit has them, and a client for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cognite.client import ClientConfig, CogniteClient, global_config
from cognite.client.credentials import CredentialProvider, OAuthClientCredentials, Token

from image360.errors import Image360Error

SECRETS = ("CDF_TOKEN", "IDP_CLIENT_SECRET")


class SettingError(Image360Error):
    """The variables do not name a project, or no way into it."""


@dataclass(frozen=True)
class Project:
    """Where to go, and how to get in."""

    name: str
    url: str
    credentials: CredentialProvider
    secrets: tuple[str, ...]  # what may never be shown

    def client(self, name: str) -> CogniteClient:
        """Return a client that tells CDF this name."""
        global_config.disable_pypi_version_check = True
        return CogniteClient(
            ClientConfig(name, project=self.name, base_url=self.url, credentials=self.credentials)
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
    further: dict[str, Any] = {"audience": given["IDP_AUDIENCE"]} if "IDP_AUDIENCE" in given else {}
    return OAuthClientCredentials(
        token_url,
        given["IDP_CLIENT_ID"],
        given["IDP_CLIENT_SECRET"],
        re.split(r"[\s,]+", scopes) if scopes else None,
        **further,
    )
