"""Writing what a person decides: once for each pair, never over what somebody else has decided.

A decision is made as a new node: CDF itself skips one that is there (`existingVersion` 0). What stands there
then is read back, and says whose it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData
from cognite.client.exceptions import CogniteAPIError

from image360.nodes import StoredNode, existing, retrieve_nodes, timestamp, write_nodes
from image360.state.decisions import Verdict
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE
from image360.state.pairs import AssetKey, Pair, named_asset
from review.waiting import Proposal

PAIRS_PER_REQUEST = 1000


@dataclass(frozen=True)
class Ruling:
    """What a person says about a pair.

    Args:
        places: The proposals of the pair, one or more.
        instead: The asset that it is instead, of a change.
        always: The text of the first place names the approved asset wherever it is read in the collection.
    """

    pair: Pair
    places: tuple[Proposal, ...]
    verdict: Verdict
    instead: AssetKey | None = None
    note: str | None = None
    always: bool = False

    def __post_init__(self) -> None:
        if self.always and self.verdict == "reject":
            raise ValueError("always is said of what is approved")
        if (self.verdict == "change") != (self.instead is not None):
            raise ValueError("a change names the asset that it is instead, and nothing else does")
        if self.instead == self.pair.asset:
            raise ValueError("a change is to another asset")

    @property
    def properties(self) -> Mapping[str, Any]:
        """What of it is written, but for who and when; level and score are what the machine had said.

        With several places on the image the approval is of the asset wherever it is read there.
        """
        first = self.places[0]
        corners = [value for corner in first.polygon for value in corner]
        placed = len(self.places) == 1 and self.verdict != "reject"
        return {
            **self.pair.properties,
            "verdict": self.verdict,
            **named_asset("instead", "classicInstead", self.instead),
            "polygon": corners if placed else None,
            "text": first.text,
            "proposal": first.external_id,
            "note": self.note,
            "always": self.always,
            "level": first.level,
            "score": first.score,
        }


@dataclass(frozen=True)
class Written:
    """A decision as it was written: taken back only as long as nobody has changed it."""

    pair: Pair
    verdict: Verdict
    version: int


@dataclass(frozen=True)
class Outcome:
    """What became of decisions: all others were written."""

    written: tuple[Written, ...]
    refused: Mapping[Pair, str]


@dataclass(frozen=True)
class Verdicts:
    """Decisions of one person."""

    client: CogniteClient
    person: str

    def write(self, rulings: Sequence[Ruling]) -> Outcome:
        """Write decisions; one on a pair that somebody has decided on is refused and says by whom."""
        refused = self._without_targets(rulings)
        left = [each for each in rulings if each.pair not in refused]
        told = {"decidedBy": self.person, "decidedAt": timestamp(datetime.now(UTC))}
        written: list[Written] = []
        for start in range(0, len(left), PAIRS_PER_REQUEST):
            batch = left[start : start + PAIRS_PER_REQUEST]
            nodes = [_node(each.pair, {**each.properties, **told}) for each in batch]
            write_nodes(self.client, nodes, skip_conflicts=True)
            found = self._stored([each.pair for each in batch])
            for each in batch:
                stored = found[each.pair]
                if stored is not None and _is(stored, told):
                    written.append(Written(each.pair, each.verdict, stored.version))
                else:
                    refused[each.pair] = _whose(stored)
        return Outcome(tuple(written), refused)

    def take_back(self, decisions: Sequence[Written]) -> Mapping[Pair, str]:
        """Delete decisions as long as they stand as they were written; return those that do not, and why."""
        kept: dict[Pair, str] = {}
        path = f"/api/v1/projects/{self.client.config.project}/models/instances/delete"
        stored = self._stored([each.pair for each in decisions])
        for each in decisions:
            node = stored[each.pair]
            if node is not None and node.version != each.version:
                kept[each.pair] = _whose(node)
        gone = [each for each in decisions if each.pair not in kept]
        for start in range(0, len(gone), PAIRS_PER_REQUEST):
            items = [
                {
                    "instanceType": "node",
                    "space": DECISIONS_SPACE,
                    "externalId": each.pair.decision_id,
                    "existingVersion": each.version,
                }
                for each in gone[start : start + PAIRS_PER_REQUEST]
            ]
            try:
                self.client.post(path, json={"items": items})
            except CogniteAPIError as error:
                if error.code != 409:
                    raise
                batch = gone[start : start + PAIRS_PER_REQUEST]
                kept |= {each.pair: "changed by somebody at this very moment" for each in batch}
        return kept

    def _without_targets(self, rulings: Sequence[Ruling]) -> dict[Pair, str]:
        """Return the pairs whose image or asset is no longer there, and what of them."""
        nodes = {
            key for each in rulings for key in (*each.pair.nodes, each.instead) if isinstance(key, tuple)
        }
        classic = {key for each in rulings for key in (each.pair.asset, each.instead) if isinstance(key, int)}
        there: set[object] = set(existing(self.client, nodes))
        if classic:
            found = self.client.assets.retrieve_multiple(ids=sorted(classic), ignore_unknown_ids=True)
            there |= {each.id for each in found}
        return {each.pair: said for each in rulings if (said := _missing(each, there))}

    def _stored(self, pairs: Sequence[Pair]) -> dict[Pair, StoredNode | None]:
        found: dict[str, StoredNode] = {}
        for start in range(0, len(pairs), PAIRS_PER_REQUEST):
            batch = [NodeId(DECISIONS_SPACE, pair.decision_id) for pair in pairs[start:][:PAIRS_PER_REQUEST]]
            found |= {node.external_id: node for node in retrieve_nodes(self.client, DECISION_VIEW, batch)}
        return {pair: found.get(pair.decision_id) for pair in pairs}


def _missing(ruling: Ruling, there: set[object]) -> str | None:
    if ruling.pair.image not in there:
        return "the image is no longer in CDF"
    # What is not there can still be told to be wrong, but a node without its target is refused.
    if ruling.pair.asset not in there:
        return "the asset is no longer in CDF: the next run will propose anew"
    if ruling.instead is not None and ruling.instead not in there:
        return "the asset that it is to be instead is no longer in CDF"
    return None


def _node(pair: Pair, properties: dict[str, Any]) -> NodeApply:
    sources = [NodeOrEdgeData(DECISION_VIEW, properties)]
    return NodeApply(DECISIONS_SPACE, pair.decision_id, existing_version=0, sources=sources)


def _is(stored: StoredNode, told: Mapping[str, Any]) -> bool:
    """Whether a stored decision is the one that was just written."""
    moment = stored.text("decidedAt")
    same = moment is not None and datetime.fromisoformat(moment) == datetime.fromisoformat(told["decidedAt"])
    return same and stored.text("decidedBy") == told["decidedBy"]


def _whose(stored: StoredNode | None) -> str:
    if stored is None:
        return "nobody knows why CDF has not kept it: try again"
    who, moment = stored.text("decidedBy") or "a person", stored.text("decidedAt")
    at = f", at {datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC" if moment else ""
    return f"{who} has decided: {stored.text('verdict')}{at}"
