"""Which writer a project has for its approvals."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Protocol

from cognite.client import CogniteClient

from image360.approval.annotations import Annotations
from image360.approval.contextualization import Contextualizations
from image360.approval.places import Directions, Place
from image360.approval.plan import Changes, Link, Outcome, StoredLink
from image360.catalog.image import Image
from image360.config import AnyConfig, DataModelingConfig, HybridConfig


class Approvals(Protocol):
    """Reads and writes the links of a project, in the form in which its viewer looks for them."""

    def places(self, polygon: Directions, image: Image) -> Sequence[Place]:
        """Return where links to a text stand."""
        ...

    def stored(self, holders: Iterable[Hashable]) -> list[StoredLink]:
        """Return every link that hangs on these holders, whoever made it, in whatever status."""
        ...

    def gone(self, links: Sequence[str]) -> set[str]:
        """Return those of the links, by name, that CDF does not hold any more; no list is believed."""
        ...

    def changes(self, wanted: Sequence[Link], stored: Sequence[StoredLink]) -> Changes:
        """Return what to write of the wanted links, as pure data."""
        ...

    def write(self, changes: Changes) -> Outcome:
        """Write the changes; return what became of them."""
        ...

    def take_back(
        self, removed: Sequence[StoredLink], demoted: Sequence[StoredLink] = ()
    ) -> list[StoredLink]:
        """Delete links, and make suggestions of others again; return those of which it is not seen."""
        ...


def approvals_of(client: CogniteClient, config: AnyConfig) -> Approvals:
    """Return the writer of the project type."""
    if isinstance(config, DataModelingConfig):
        return Contextualizations(client, config.contextualization)
    nodes = config.assets if isinstance(config, HybridConfig) else None
    return Annotations(client, nodes.view if nodes else None)
