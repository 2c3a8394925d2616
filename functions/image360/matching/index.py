"""The matcher's door: an index over an asset list that answers texts with matches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from image360.matching import store
from image360.matching.asset import Asset, AssetList
from image360.matching.decision import explain_text, match_text
from image360.matching.joins import match_image
from image360.matching.learned import Lesson
from image360.matching.match import Explanation, Match
from image360.matching.region import TextRegion
from image360.matching.register import Register
from image360.matching.rules import COMMON_RULES, Rules


@dataclass(frozen=True)
class AssetIndex:
    """An asset list made ready for matching. Build it with ``build`` or ``load``.

    The same assets and texts give the same matches on every machine and in every order.
    """

    assets: tuple[Asset, ...]
    rules: Rules
    _register: Register = field(repr=False, compare=False)

    @staticmethod
    def build(
        assets: Iterable[Asset], rules: Rules = COMMON_RULES, learned: Iterable[Lesson] = ()
    ) -> "AssetIndex":
        """An index over these assets, which may be none, by the rules of their site.

        Args:
            assets: All that a text may name.
            rules: What the site sets.
            learned: What people have said of texts; of each text one alias at most.

        Raises:
            AssetIndexError: An item is no Asset, or a field has the wrong type.
        """
        listed = AssetList.of(assets)
        return AssetIndex(listed.assets, rules, Register.of(listed, rules)).taught(learned)

    def taught(self, learned: Iterable[Lesson]) -> "AssetIndex":
        """The same index, having learned this and nothing else; its tables are shared, not built again."""
        return replace(self, _register=self._register.taught(learned))

    def save(self, path: str | Path) -> None:
        """Writes what the index follows from to a file. Keys may be strings, integers and tuples of these.

        What people have confirmed is not in it: a file would keep what they have withdrawn since.

        Raises:
            AssetIndexError: A key is of another type.
        """
        store.write(Path(path), self.assets, self.rules)

    @staticmethod
    def load(path: str | Path) -> "AssetIndex":
        """The index that ``save`` wrote; it matches as the first did.

        Raises:
            AssetIndexError: The file is damaged, foreign, or of another version: build the index again.
        """
        return AssetIndex.build(*store.read(Path(path)))

    def match(self, texts: Sequence[str], confidences: Sequence[float] | None = None) -> list[Match]:
        """One match per text.

        Args:
            texts: As the engine read them.
            confidences: Of the engine, one per text, 0..1; 1 where left out. A confidence lowers a decision
                and never raises one; NaN and less than 0 count as 0, more than 1 as 1.

        Raises:
            ValueError: There are not as many confidences as texts.
        """
        given = [1.0] * len(texts) if confidences is None else confidences
        return [
            match_text(text, confidence, self._register)
            for text, confidence in zip(texts, given, strict=True)
        ]

    def match_regions(self, regions: Sequence[TextRegion]) -> list[Match]:
        """The matches of the text regions of ONE image, with tags that were split over regions joined.

        Each region is in at least one match; the matches are in the order of their first region.
        """
        return match_image(regions, self._register)

    def explain(self, text: str, confidence: float = 1.0) -> Explanation:
        """Why a text is matched as it is: the levels tried, the candidates, what differs, why not."""
        return explain_text(text, confidence, self._register)
