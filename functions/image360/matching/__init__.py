"""Text regions and an asset list in, matches out. Pure: knows nothing of CDF."""

from image360.matching.asset import Asset, AssetIndexError
from image360.matching.index import AssetIndex
from image360.matching.learned import LearnedAlias, LearnedRejection, Lesson
from image360.matching.match import Decision, Explanation, Level, Match
from image360.matching.region import TextRegion
from image360.matching.rules import Rules

__all__ = [
    "Asset",
    "AssetIndex",
    "AssetIndexError",
    "Decision",
    "Explanation",
    "LearnedAlias",
    "LearnedRejection",
    "Lesson",
    "Level",
    "Match",
    "Rules",
    "TextRegion",
]
