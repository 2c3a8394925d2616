"""Summaries are cut to what CDF takes, and stay JSON."""

import json

from image360.told import fitted


def test_what_fits_is_left_alone():
    summary = {"images": 3, "failed_images": [{"image": "a"}]}
    assert fitted(summary, 1000) == summary


def test_the_longest_list_is_cut_first_and_counts_are_kept():
    summary = {"images": 300, "short": ["x"], "failed_images": [{"image": f"image {n}"} for n in range(300)]}
    cut = fitted(summary, 1000)
    assert len(json.dumps(cut)) <= 1000
    assert (cut["images"], cut["short"]) == (300, ["x"])
    assert cut["failed_images"] == summary["failed_images"][: len(cut["failed_images"])] != []


def test_a_text_is_cut_as_well():
    cut = fitted({"note": "ä" * 5000, "images": 1}, 1000)
    assert len(json.dumps(cut)) <= 1000
    assert cut["images"] == 1
    assert cut["note"]
