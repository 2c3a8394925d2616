"""The way into CDF: in CDF itself as who is signed in there, on a laptop as the environment variables say."""

import os
import sys

from cognite.client import CogniteClient

from image360.config import load_config
from image360.environment import project_of
from review.desk import Desk

PIPELINE = "ep_image360"  # as modules/image360 deploys it
NAME = "image360-review"


def connect() -> CogniteClient:
    """Return a client; a SettingError names the variables that a laptop lacks."""
    if sys.platform == "emscripten":  # Pyodide, in the browser
        return CogniteClient()  # CDF has given the SDK its settings
    return project_of(os.environ).client(NAME)


def sit_down() -> Desk:
    """Return the desk of who is signed in.

    Raises:
        Image360Error: The environment, the pipeline or its config is not as it is to be.
        CogniteAPIError: CDF refuses something.
    """
    client = connect()
    return Desk.open(client, load_config(client, PIPELINE))
