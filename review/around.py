"""The whole 360° image to look about in: a page of its own, of six pictures on a cube, that needs no network.

A cube of CSS: x runs right, y down, z towards who looks. Front looks along -z there.
"""

import base64
import html
import json
import math
from collections.abc import Mapping, Sequence
from string import Template

import numpy as np
from numpy.typing import NDArray

from image360.geometry import FACE_FRAMES, FACES, clip_to_faces, polygon_centre

SIDE = 1000  # pixels of an edge of the cube, as the page counts them
CSS_AXES = np.array([[-1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64)  # rows: CDF's axes to those of CSS
Floats = NDArray[np.float64]


def page(faces: Mapping[str, bytes], polygon: Sequence[Sequence[float]], title: str) -> str:
    """Return an HTML page that shows faces (JPEG) from within, turned to a polygon that is drawn on them."""
    corners = np.array(polygon, np.float64)
    fragments = {each.face: each.vertices for each in clip_to_faces(corners)}
    sides = "".join(_side(name, faces[name], fragments.get(name)) for name in FACES)
    yaw, pitch = turn_to(polygon_centre(corners))
    start = json.dumps({"yaw": yaw, "pitch": pitch})
    return PAGE.substitute(title=html.escape(title), sides=sides, start=start, side=SIDE)


def turn_to(direction: Floats) -> tuple[float, float]:
    """Return by how many degrees the cube is turned about y and then x for a direction to be ahead."""
    x, y, z = CSS_AXES @ direction
    return math.degrees(math.atan2(x, -z)), math.degrees(math.atan2(-y, math.hypot(x, z)))


def placed(face: str) -> Floats:
    """Return the matrix (4, 4) that brings a face, its middle at the origin, to its place on the cube."""
    left, up, ahead = FACE_FRAMES[FACES.index(face)] @ CSS_AXES.T
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = -left, -up, ahead, ahead * SIDE / 2
    return matrix


def _side(name: str, picture: bytes, fragment: Floats | None) -> str:
    matrix = ",".join(f"{value:g}" for value in placed(name).T.ravel())
    source = f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
    corners = "" if fragment is None else " ".join(f"{u:.5f},{v:.5f}" for u, v in fragment)
    outline = f'<svg viewBox="0 0 1 1"><polygon points="{corners}"/></svg>' if corners else ""
    return (
        f'<div class="side" style="transform:matrix3d({matrix})"><img src="{source}" alt="">{outline}</div>'
    )


PAGE = Template("""<!doctype html><meta charset="utf-8"><title>$title</title>
<style>
  body { margin: 0; background: #111; overflow: hidden; font: 14px sans-serif; color: #fff }
  #view { position: absolute; inset: 0; overflow: hidden; cursor: grab; touch-action: none }
  #cube, .side { position: absolute; left: 50%; top: 50% }
  #cube { transform-style: preserve-3d }
  .side { width: ${side}px; height: ${side}px; left: 0; top: 0; margin: calc(${side}px / -2) }
  .side img, .side svg { position: absolute; width: 100%; height: 100%; display: block; user-select: none }

  polygon { fill: none; stroke: #ff4000; stroke-width: .003 }
  p { position: absolute; left: 8px; bottom: 4px; margin: 0; text-shadow: 0 0 3px #000; pointer-events: none }
</style>
<div id="view" tabindex="0" role="application" aria-label="$title. Arrow keys turn, plus and minus zoom.">
  <div id="cube">$sides</div></div>
<p>drag or arrow keys: look about; wheel or + and -: closer</p>
<script>
  const view = document.getElementById("view"), cube = document.getElementById("cube");
  let { yaw, pitch } = $start, zoom = 320;
  function draw() {
    pitch = Math.max(-90, Math.min(90, pitch));
    zoom = Math.max(200, Math.min(4000, zoom));
    view.style.perspective = zoom + "px";
    cube.style.transform = "translateZ(" + zoom + "px) rotateX(" + pitch + "deg) rotateY(" + yaw + "deg)";
    view.dataset.at = Math.round(yaw) + " " + Math.round(pitch);
  }
  view.addEventListener("pointerdown", (event) => view.setPointerCapture(event.pointerId));
  view.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    yaw -= event.movementX * 60 / zoom; pitch += event.movementY * 60 / zoom; draw();
  });
  view.addEventListener("wheel", (event) => {
    event.preventDefault(); zoom *= event.deltaY < 0 ? 1.1 : 1 / 1.1; draw();
  });
  view.addEventListener("keydown", (event) => {
    const turns = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, 5], ArrowDown: [0, -5] };
    const [right, up] = turns[event.key] || [0, 0];
    if (right || up) event.preventDefault();
    yaw += right; pitch += up;
    if (event.key === "+") zoom *= 1.2;
    if (event.key === "-") zoom /= 1.2;
    draw();
  });
  draw();
</script>
""")
