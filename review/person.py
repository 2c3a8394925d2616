"""Who decides: the name under which decisions are written."""

from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError


def person(client: CogniteClient) -> str:
    """Return the e-mail or name of who is signed in; what the token calls them where there is no profile."""
    try:
        profile = client.iam.user_profiles.me()
    except CogniteAPIError as error:
        if error.code not in (400, 403, 404):
            raise
        return client.iam.token.inspect().subject
    return profile.email or profile.display_name or profile.user_identifier
