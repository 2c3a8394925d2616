"""The variables that name a project: what is missing is said, nothing is guessed."""

import pytest
from cognite.client.credentials import OAuthClientCredentials, Token

from image360.environment import SettingError, project_of

TOKEN = {"CDF_PROJECT": "p", "CDF_CLUSTER": "westeurope-1", "CDF_TOKEN": "t"}
CREDENTIALS = {
    "CDF_PROJECT": "p",
    "CDF_CLUSTER": "westeurope-1",
    "IDP_CLIENT_ID": "i",
    "IDP_CLIENT_SECRET": "s",
    "IDP_TENANT_ID": "tenant",
}


def test_the_cluster_gives_the_address() -> None:
    project = project_of(TOKEN)
    assert (project.name, project.url) == ("p", "https://westeurope-1.cognitedata.com")
    assert isinstance(project.credentials, Token)
    assert project.secrets == ("t",)


def test_the_address_may_be_given() -> None:
    assert project_of(TOKEN | {"CDF_URL": "http://127.0.0.1:1/"}).url == "http://127.0.0.1:1"


def test_a_tenant_gives_token_url_and_scope() -> None:
    credentials = project_of(CREDENTIALS).credentials
    assert isinstance(credentials, OAuthClientCredentials)
    assert credentials.token_url == "https://login.microsoftonline.com/tenant/oauth2/v2.0/token"
    assert credentials.scopes == ["https://westeurope-1.cognitedata.com/.default"]


def test_token_url_scopes_and_audience_are_taken_as_they_are() -> None:
    given = CREDENTIALS | {"IDP_TOKEN_URL": "http://127.0.0.1:1/t", "IDP_SCOPES": "a b", "IDP_AUDIENCE": "c"}
    credentials = project_of(given).credentials
    assert isinstance(credentials, OAuthClientCredentials)
    assert credentials.token_url == "http://127.0.0.1:1/t"
    assert credentials.scopes == ["a", "b"]
    assert credentials.token_custom_args == {"audience": "c"}
    assert project_of(given).secrets == ("s",)


@pytest.mark.parametrize("missing", CREDENTIALS)
def test_a_missing_variable_is_named(missing: str) -> None:
    with pytest.raises(SettingError, match=missing):
        project_of(CREDENTIALS | {missing: "  "})


def test_a_missing_token_is_named_with_what_may_stand_for_it() -> None:
    with pytest.raises(SettingError, match=r"CDF_TOKEN .*IDP_CLIENT_ID.*IDP_TENANT_ID"):
        project_of({name: TOKEN[name] for name in ("CDF_PROJECT", "CDF_CLUSTER")})


def test_two_ways_in_are_one_too_many() -> None:
    with pytest.raises(SettingError, match="unset"):
        project_of(TOKEN | CREDENTIALS)
