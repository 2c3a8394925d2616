"""Which project is asked, from the variables that cognite-toolkit reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cognite.client import ClientConfig, CogniteClient, global_config
from cognite.client.credentials import CredentialProvider, OAuthClientCredentials, Token
from cognite.client.exceptions import CogniteAPIError, CogniteException

CLIENT_NAME = "image360-smoke"
ENTRA_TOKEN_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"  # noqa: S105 a place, no secret


class TargetError(Exception):
    """The project cannot be named or reached; the message says which variable to set."""


@dataclass(frozen=True)
class Target:
    """A project, and a client for it."""

    client: CogniteClient
    url: str
    project: str
    is_localcdf: bool

    @property
    def name(self) -> str:
        """The project as a person knows it."""
        return f"project '{self.project}' at {self.url}" + (" (a local CDF)" if self.is_localcdf else "")


def find_target(variables: Mapping[str, str] = os.environ) -> Target:
    """Return the project that the variables name.

    Raises:
        TargetError: A variable lacks, or nothing answers.
    """
    project = _needed(variables, "CDF_PROJECT", "the name of the project")
    url = variables.get("CDF_URL") or (
        f"https://{_needed(variables, 'CDF_CLUSTER', 'such as westeurope-1, or CDF_URL')}.cognitedata.com"
    )
    global_config.disable_pypi_version_check = True
    config = ClientConfig(CLIENT_NAME, project, _credentials(variables, url), base_url=url.rstrip("/"))
    client = CogniteClient(config)
    return Target(client, url, project, _is_localcdf(client, url))


def _credentials(variables: Mapping[str, str], url: str) -> CredentialProvider:
    if token := variables.get("CDF_TOKEN"):
        return Token(token)
    token_url = variables.get("IDP_TOKEN_URL")
    if not token_url:
        tenant = _needed(variables, "IDP_TENANT_ID", "or IDP_TOKEN_URL, or CDF_TOKEN instead of them")
        token_url = ENTRA_TOKEN_URL.format(tenant=tenant)
    scopes = variables.get("IDP_SCOPES", f"{url}/.default").split()
    more = {"audience": variables["IDP_AUDIENCE"]} if variables.get("IDP_AUDIENCE") else {}
    return OAuthClientCredentials(
        token_url=token_url,
        client_id=_needed(variables, "IDP_CLIENT_ID", "the client id of a service principal, or CDF_TOKEN"),
        client_secret=_needed(variables, "IDP_CLIENT_SECRET", "its secret"),
        scopes=scopes,
        **more,
    )


def _needed(variables: Mapping[str, str], name: str, what: str) -> str:
    value = variables.get(name)
    if not value:
        raise TargetError(f"{name} is not set ({what}): nothing was asked, nothing was written")
    return value


def _is_localcdf(client: CogniteClient, url: str) -> bool:
    """Say whether a local CDF answers: it knows its own pages, and CDF has none of them."""
    try:
        client.get(f"{url}/_localcdf/clock")
    except CogniteAPIError as error:
        return error.code == 403  # they are for its admin only
    except CogniteException as error:
        raise TargetError(f"{url} does not answer ({error}): correct CDF_URL or CDF_CLUSTER") from error
    return True
