"""What truth.json says of a plate."""

from samples.camera import Array
from samples.plates import Plate


def plate_record(image: str, plate: Plate, turn: Array, face_px: int) -> dict[str, object]:
    """One entry of the truth, but for its id; directions in the image's own frame."""
    wanted = plate.design.wanted
    return {
        "image": image,
        "kind": wanted.kind,
        "lines": list(wanted.lines),
        "tag": wanted.tag,
        "asset": wanted.asset,
        "text_polygon": _rounded(plate.text_polygon() @ turn.T),
        "plate_polygon": _rounded(plate.plate_polygon() @ turn.T),
        "cap_px": round(plate.cap_px(turn, face_px), 2),
        "tilt_deg": round(plate.tilt(), 2),
        "style": wanted.style,
        "traits": plate.traits(turn, face_px),
    }


def _rounded(polygon: Array) -> list[list[float]]:
    return [[round(float(v), 9) for v in point] for point in polygon]
