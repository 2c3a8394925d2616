"""The emergency stop: `paused: true` in the config, looked at again while a call is at work."""

from dataclasses import dataclass

from cognite.client import CogniteClient

from image360.config import load_config
from image360.log import Log


@dataclass
class Stop:
    """Asks the config between two pieces of work; once it says stop, that holds for the call."""

    client: CogniteClient
    pipeline: str
    log: Log
    was_asked: bool = False

    def is_asked(self) -> bool:
        """Look whether somebody has paused all calls by now."""
        if not self.was_asked and load_config(self.client, self.pipeline).paused:
            self.was_asked = True
            self.log("paused")
        return self.was_asked
