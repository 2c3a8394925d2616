"""From a finding to a decision: score, uniqueness, and what the engine's confidence takes away."""

import math
from dataclasses import replace

from image360.matching.confirmed import rejection_of
from image360.matching.finding import APPROVE_FROM, Asked, Finding
from image360.matching.levels import NO_TAG, find
from image360.matching.match import Explanation, Match, shown
from image360.matching.register import Register

# From here on an engine reads well: of own OCR's exact texts one in 400 names a neighbour, below one in 11.
_READ_WELL = 0.7
# What a confidence of 0 takes from a score, and what is left of the score where a text is not read well.
_DOUBT = 0.1
_POORLY_READ = 0.9
# What is left of a score when something from outside the text forbids the approval.
_HELD = 0.6
# The most that a match held back can score.
_BELOW = 0.89


def clean_confidence(confidence: float) -> float:
    """Within 0..1: what is below or no number counts as 0, what is above as 1."""
    return 0.0 if math.isnan(confidence) else min(1.0, max(0.0, float(confidence)))


def match_text(text: str, confidence: float, register: Register) -> Match:
    """The match of one text."""
    asked = Asked.of(text, register)
    return _decide(find(asked)[0], clean_confidence(confidence), asked)


def explain_text(text: str, confidence: float, register: Register) -> Explanation:
    """The match of one text, and the way to it."""
    asked = Asked.of(text, register)
    finding, steps = find(asked)
    if finding:
        near = ", ".join(shown(label.text) for label in finding.labels[:5])
        steps.append(f"{finding.level}: {finding.reason} (candidates: {near})")
        steps.extend(f"held back: {hold.reason}" for hold in finding.holds)
    return Explanation(text, asked.key, tuple(steps), _decide(finding, clean_confidence(confidence), asked))


def held_back(match: Match, reason: str) -> Match:
    """The match as a suggestion at most, because of ``reason``."""
    if match.decision == "none":
        return match
    score = match.score * _HELD if match.decision == "approve" else match.score
    return replace(match, decision="suggest", score=score, reason=f"{match.reason}; {reason}")


def _decide(finding: Finding | None, confidence: float, asked: Asked) -> Match:
    if finding is None:
        rejection = None if asked.is_no_tag else rejection_of(asked)
        why = f"people have rejected what it is near to: {rejection.told}" if rejection else _no_link(asked)
        return Match(None, "none", None, 0.0, None, why, learned=rejection)
    reasons = [finding.reason, *(hold.reason for hold in finding.holds)]
    score = finding.trust * (1.0 - _DOUBT * (1.0 - confidence))
    if confidence < _READ_WELL:
        score *= _POORLY_READ
    rivals = len(finding.labels) - 1
    if rivals:
        reasons.insert(1, f"{rivals + 1} assets are equally near")
        score /= rivals + 1
    score *= math.prod(hold.keeps for hold in finding.holds)
    approved = not rivals and not finding.holds and score >= APPROVE_FROM
    if not approved and len(reasons) == 1:
        reasons.append(f"read with confidence {confidence:.2f} only")
    return Match(
        finding.labels[0].asset,
        "approve" if approved else "suggest",
        finding.level,
        score if approved else min(score, _BELOW),
        finding.labels[1].asset if rivals else None,
        "; ".join(reasons),
        also=[_decide(other, confidence, asked) for other in finding.also],
        span=finding.span,
        learned=finding.learned,
    )


def _no_link(asked: Asked) -> str:
    if asked.is_no_tag:
        return NO_TAG
    if not asked.key:
        return "holds no letter and no digit"
    if any(label.key == asked.key for label in asked.alike):
        return "so common or short a text does not tell its asset"
    if asked.is_tag:
        return "reads like a tag of this site that is not in the list"
    if not any(character in "0123456789" for character in asked.key):
        return "a word, no tag"
    return "no asset is written like it"
