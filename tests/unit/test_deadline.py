"""A call knows how much of its time is left."""

from image360.deadline import CALL_SECONDS, Deadline


def test_work_fits_until_the_time_is_nearly_up():
    now = [0.0]
    deadline = Deadline.after(100, clock=lambda: now[0])
    assert deadline.allows(99)
    now[0] = 60
    assert deadline.left() == 40
    assert not deadline.allows(40)


def test_no_time_is_left_after_the_end():
    now = [0.0]
    deadline = Deadline.after(10, clock=lambda: now[0])
    now[0] = 11
    assert deadline.left() == 0
    assert not deadline.allows(0)


def test_a_call_ends_before_the_tightest_cloud_ends_it():
    assert CALL_SECONDS < 9 * 60
