"""What becomes of readings of one text that several views gave."""

import numpy as np

from image360.detection.merge import Reading, Sighting, group, held, key, outline_of, settle, whole
from image360.geometry import face_uv_to_direction, polygon_iou


def quad(left, upper, width=0.2, height=0.03):
    corners = [(left, upper), (left + width, upper), (left + width, upper + height), (left, upper + height)]
    return face_uv_to_direction("front", *np.transpose(corners))


def seen(text, box, confidence=0.9, cut=False, ink=None):
    return Sighting(text, confidence, box, ink, cut)


def test_case_blanks_and_separators_make_no_other_reading():
    assert key("21-PT 1019") == key("21pt1019") == key("２１_ＰＴ_1019")
    assert key("21-PT-1019") != key("21-PT-1018")


def test_two_lines_of_a_plate_stay_two_texts():
    upper, lower = seen("21-PT", quad(0.4, 0.40)), seen("1019", quad(0.4, 0.435))
    assert group([upper, lower]) == [[upper], [lower]] or group([upper, lower]) == [[lower], [upper]]


def test_a_part_of_a_text_belongs_to_the_text():
    full, part = seen("21-PT-1019", quad(0.4, 0.4)), seen("1019", quad(0.5, 0.4, 0.1), cut=True)
    assert group([part, full]) == [[full, part]]
    assert (outline_of([part, full]) == full.outline).all()


def test_a_part_says_nothing_about_the_whole_text():
    full, part = seen("21-PT-1019", quad(0.4, 0.4)), seen("1019", quad(0.5, 0.4, 0.1))
    assert whole([full, part], full.quad) == [full]


def test_a_text_at_the_border_of_its_view_says_nothing_about_the_whole_text():
    assert whole([seen("21-PT-101", quad(0.4, 0.4), cut=True)], quad(0.4, 0.4)) == []


def test_a_box_that_missed_the_last_letter_says_nothing_about_the_whole_text():
    ink = quad(0.4, 0.4)
    short = seen("68-TT-615", quad(0.39, 0.39, 0.185, 0.05), ink=ink)
    full = seen("68-TT-6151", quad(0.39, 0.39, 0.22, 0.05), ink=ink)
    assert whole([short, full], ink) == [full]


def test_what_read_most_of_a_text_says_where_it_is():
    ink = quad(0.4, 0.4)
    part = seen("46-VA-", quad(0.4, 0.4, 0.1), 1.0, ink=quad(0.4, 0.4, 0.1))
    full = seen("46-VA-0088", quad(0.4, 0.4), 0.95, cut=True, ink=ink)
    assert (outline_of([part, full]) == ink).all()


def test_without_known_ink_the_box_loses_its_margin():
    sighting = seen("21-PT-1019", quad(0.4, 0.4, 0.2, 0.05))
    assert polygon_iou(sighting.outline, quad(0.41, 0.41, 0.18, 0.03)) > 0.95


def test_the_reading_with_most_confidence_behind_it_is_taken_and_the_other_kept():
    settled = settle([Reading("21-PT-1019", 0.8), Reading("21-PT-1018", 0.9), Reading("21-PT-1019", 1.0)])
    assert settled == (Reading("21-PT-1019", 0.9), ("21-PT-1018",))


def test_a_reading_that_nobody_believes_raises_no_doubt():
    settled = settle([Reading("21-PT-1019", 0.95), Reading("2T-T-O9", 0.3)])
    assert settled == (Reading("21-PT-1019", 0.95), ())


def test_the_spelling_with_most_confidence_is_taken():
    best, others = settle([Reading("21PT1019", 0.7), Reading("21-PT-1019", 0.8), Reading("21PT1019", 0.6)])
    assert best.text == "21PT1019"
    assert others == ()


def test_where_nothing_was_read_nothing_is_settled():
    assert settle([]) is None
    assert settle([Reading("", 0.0), Reading("--", 0.9)]) is None


def test_what_the_engine_itself_does_not_believe_is_not_read():
    assert settle([Reading("4721", 0.4), Reading("4721", 0.3)]) is None


def test_outlines_that_only_touch_share_nothing():
    assert held(quad(0.2, 0.4), quad(0.4, 0.4)) < 1e-9
    assert held(quad(0.2, 0.4), -quad(0.2, 0.4)) == 0


def test_a_part_is_held_by_the_whole_and_not_the_other_way_round():
    assert held(quad(0.3, 0.4, 0.05), quad(0.2, 0.4)) > 0.999
    assert held(quad(0.2, 0.4), quad(0.3, 0.4, 0.05)) < 0.3
