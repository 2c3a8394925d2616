"""The bodies of the requests that the viewer sends, one module for each kind of thing it asks for."""

from typing import Any

Node = tuple[str, str]  # space and external id
Body = dict[str, Any]
