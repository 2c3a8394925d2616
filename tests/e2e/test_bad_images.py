"""One bad image never stops the others: it is named, and nothing is lost."""

import io
import struct
import zlib

import pytest
from conftest import encoded, face, write_image
from PIL import Image


def bomb() -> bytes:
    """A PNG of a few kB whose header promises 50 000 x 50 000 pixels."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000_000, 9)
    chunks = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


BAD = {
    "truncated": encoded(face(["21-PT-1001"]))[:3000],
    "no_image": b"%PDF-1.7 not a picture",
    "one_pixel": encoded(Image.new("RGB", (1, 1))),
    "bomb": bomb(),
}


def eight_thousand_wide() -> bytes:
    """A face of 8192 px, which the header alone does not rule out."""
    content = io.BytesIO()
    face(["21-PT-1014"], size=1024).resize((8192, 8192)).save(content, "JPEG", quality=80)
    return content.getvalue()


def odd_but_good() -> dict[str, bytes]:
    """Faces in unusual forms, each with a tag on it."""
    alpha = face(["21-PT-1013"]).convert("RGBA")
    alpha.putalpha(255)
    return {
        "front": encoded(face(["21-PT-1011"], mode="L")),
        "back": encoded(face(["21-PT-1012"], mode="CMYK")),
        "left": encoded(alpha, "PNG"),
    }


@pytest.mark.ocr
def test_bad_images_are_named_and_the_good_ones_are_approved(new_job, tmp_path):
    site = tmp_path / "site"
    bad = {**BAD, "one_face_8k": eight_thousand_wide()}
    images = [write_image(site / name, {"back": content}) for name, content in bad.items()]
    images.append(write_image(site / "five_faces", {"top": b""}))
    images.append(write_image(site / "odd", odd_but_good()))
    job = new_job(images)

    summary = job.call("detect")
    assert summary["detected"] == 1
    assert summary["incomplete_images"] == [
        {"image": "five_faces", "reason": "face top: the image names no file"}
    ]
    failed = {entry["image"]: entry["error"] for entry in summary["failed_images"]}
    assert set(failed) == set(bad)
    assert "must be of one size" in failed["one_face_8k"]
    for name in BAD:
        assert f"{name}, face back" in failed[name]
    assert not any("\n" in error for error in failed.values())

    assert job.call("match")["matched"] == 1
    assert {link.data["text"] for link in job.links()} == {f"21-PT-101{n}" for n in (1, 2, 3)}

    # The bad ones are not tried again until somebody replaces the file.
    assert job.call("detect")["changed"] is False
    good = encoded(face(["21-PT-1021"]))
    job.client.files.upload_content_bytes(good, external_id="truncated_back")
    assert job.call("detect")["detected"] == 1
    assert job.call("match")["links_written"] == 1


@pytest.mark.ocr
def test_doubtful_assets_are_suggested_and_nothing_is_approved(new_job, tmp_path):
    tags = encoded(face(["21-HV-2034", "21-PT-2099"]))
    job = new_job([write_image(tmp_path / "site" / "img1", {"left": tags})])
    job.call("detect")
    matched = job.call("match")
    assert matched["approved"] == 0
    assert matched["suggested"] >= 1  # two assets are named 21-HV-2034
    assert job.links() == []
