"""Whether a project is a CDF, or a local one."""

from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError, CogniteAuthError, CogniteProjectAccessError

CLIENT_NAME = "image360-smoke"
LOCAL_PAGES = "/_localcdf/"
LOCAL_PAGE = f"{LOCAL_PAGES}fidelity"


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
