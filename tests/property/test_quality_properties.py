"""What approve levels are worth on decisions: shares with their intervals, whatever was decided."""

from hypothesis import given
from hypothesis import strategies as st

from image360.config import parse_config
from image360.state.decisions import Decision
from image360.state.pairs import Pair
from review.quality import LEVELS, SCORES, Judged, Share, config_lines, figure, judge, table

levels = st.sampled_from([*LEVELS, "fuzzy"])
scores = st.one_of(st.sampled_from(SCORES), st.floats(0, 1))
anything = st.lists(st.builds(Judged, levels, scores, st.booleans()), max_size=30)
chosen = st.sets(st.sampled_from(LEVELS))


@st.composite
def shares(draw: st.DrawFn) -> Share:
    whole = draw(st.integers(0, 10_000))
    return Share(draw(st.integers(0, whole)), whole)


@given(shares())
def test_an_interval_holds_its_share_and_is_all_there_is_of_nothing(share: Share) -> None:
    low, high = share.interval
    assert 0 <= low <= (low if share.value is None else share.value) <= high <= 1
    assert share.whole > 0 or (low, high) == (0, 1)
    assert high - low > 0


@given(st.integers(1, 1000), st.integers(2, 50), st.data())
def test_an_interval_narrows_with_what_was_decided(whole: int, times: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    few, many = Share(part, whole).interval, Share(part * times, whole * times).interval
    assert many[1] - many[0] < few[1] - few[0]


def test_the_interval_is_that_of_wilson() -> None:
    low, high = Share(8, 10).interval
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)  # E. B. Wilson 1927, 8 of 10 at z = 1.96
    assert str(Share(8, 10)) == "80.0 % (49.0 to 94.3 %)"
    assert str(Share(0, 0)) == "none decided"


@given(anything, chosen, scores, scores)
def test_a_higher_score_approves_no_more_and_a_further_level_no_less(
    judged: list[Judged], some: set[str], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    loose, strict = figure(judged, some, low), figure(judged, some, high)
    assert strict.precision.whole <= loose.precision.whole
    assert strict.recall.part <= loose.recall.part
    every = figure(judged, LEVELS, low)
    assert every.recall.part >= loose.recall.part
    assert every.recall.whole == loose.recall.whole == sum(each.is_right for each in judged)


@given(anything, chosen, scores)
def test_figures_count_what_would_be_approved(judged: list[Judged], some: set[str], score: float) -> None:
    found = figure(judged, some, score)
    approved = [each for each in judged if each.level in some and each.score >= score]
    assert found.precision == Share(sum(each.is_right for each in approved), len(approved))
    assert found.recall.part == found.precision.part
    assert figure(reversed(judged), some, score) == found


@given(anything)
def test_the_table_has_each_level_of_which_something_was_decided(judged: list[Judged]) -> None:
    rows = table(judged)
    assert all(each.precision.whole for each in rows)
    assert {each.levels for each in rows if each.score == 0} == {
        (each.level,) for each in judged if each.level in LEVELS
    }


@given(st.sets(st.sampled_from(LEVELS), min_size=1), scores)
def test_the_config_takes_the_lines_and_then_approves_just_that(some: set[str], score: float) -> None:
    text = (
        "project_type: hybrid\nimages: {space: sp, collections: [site]}\nassets: {spaces: [sp]}\n"
        + config_lines(sorted(some), score)
    )
    approval = parse_config(text, "ep").approval
    assert set(approval.levels) == some
    assert abs(approval.from_score - max(score, 0.9)) < 1e-5


def decision(image: str, verdict: str, level: str | None, score: float | None) -> Decision:
    pair = Pair(("sp", image), ("sp", "pump"))
    said = "anna", 0, False, level, score
    return Decision(pair, pair.decision_id, verdict, None, None, "x", *said)  # type: ignore[arg-type]


def test_a_decision_is_of_what_the_machine_had_said_then_or_else_of_its_approval() -> None:
    decisions = [
        decision("a", "approve", "fuzzy", 0.5),
        decision("b", "reject", None, None),
        decision("c", "change", None, None),
    ]
    approved = {decisions[1].pair: ("exact", 0.99), decisions[0].pair: ("exact", 0.99)}
    assert judge(decisions, approved) == [Judged("fuzzy", 0.5, True), Judged("exact", 0.99, False)]
