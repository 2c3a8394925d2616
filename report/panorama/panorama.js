// The viewer as a report uses it: a cube of six pictures, polygons over it, and where to look.
import { Viewer } from "@photo-sphere-viewer/core";
import { CubemapAdapter } from "@photo-sphere-viewer/cubemap-adapter";
import { MarkersPlugin } from "@photo-sphere-viewer/markers-plugin";
import "@photo-sphere-viewer/core/index.css";
import "@photo-sphere-viewer/markers-plugin/index.css";

const LEAST_FOV = 6;
const MOST_FOV = 100;
const degrees = (value) => (value * Math.PI) / 180;

class Panorama {
  // `picked` is told of the row of a polygon that was clicked, or entered by key, and with what.
  constructor(container, picked) {
    this.container = container;
    this.picked = picked;
    this.viewer = new Viewer({
      container,
      adapter: CubemapAdapter,
      plugins: [[MarkersPlugin, {}]],
      navbar: ["zoom", "move", "fullscreen"],
      keyboard: false, // the page has its own: the arrows turn only while the panorama has the focus
      minFov: LEAST_FOV,
      maxFov: MOST_FOV,
      defaultZoomLvl: 20,
      moveSpeed: 1,
      canvasBackground: "#10161c",
      loadingTxt: "",
      rendererParameters: { alpha: true, antialias: true, preserveDrawingBuffer: true },
    });
    this.markers = this.viewer.getPlugin(MarkersPlugin);
    this.markers.addEventListener("select-marker", ({ marker }) => marker.data?.row && picked(marker.data.row, "click"));
  }

  // faces: URLs by name; marks: {kind, row, label, places: [[yaw, pitch], ...]} in radians.
  async show(faces, marks, at) {
    this.markers.clearMarkers();
    // Top and bottom as CDF keeps them are turned by half against the library's own.
    const panorama = { type: "separate", paths: faces, flipTopBottom: true };
    const position = { yaw: degrees(at.yaw), pitch: degrees(at.pitch) };
    await this.viewer.setPanorama(panorama, { position, zoom: this.zoomOf(at.fov), transition: false, showLoader: false });
    this.markers.setMarkers(
      marks.map((mark, number) => ({
        id: `m${number}`,
        polygon: mark.places.map((place) => [...place]),
        className: `outline ${mark.kind}`,
        svgStyle: {}, // the page's style sheet has it
        data: mark,
      })),
    );
    for (const marker of this.markers.getMarkers()) this.name(marker.domElement, marker.config.data);
  }

  name(element, mark) {
    element.setAttribute("aria-label", mark.label);
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = mark.label;
    element.append(title);
    if (!mark.row) {
      element.setAttribute("aria-hidden", "true");
      return;
    }
    element.dataset.row = mark.row;
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", "0");
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      this.picked(mark.row, "key");
    });
  }

  zoomOf(fov) {
    return this.viewer.dataHelper.fovToZoomLevel(Math.max(LEAST_FOV, Math.min(MOST_FOV, fov)));
  }

  look(at, calm) {
    const to = { yaw: degrees(at.yaw), pitch: degrees(at.pitch), zoom: this.zoomOf(at.fov) };
    if (!calm) return this.viewer.animate({ ...to, speed: 700 });
    this.viewer.stopAnimation();
    this.viewer.zoom(to.zoom);
    this.viewer.rotate(to);
    return Promise.resolve();
  }

  // By shares of what is seen: right, up.
  turn(right, up) {
    const { yaw, pitch } = this.viewer.getPosition();
    const fov = degrees(this.viewer.state.vFov);
    this.viewer.rotate({ yaw: yaw + right * fov, pitch: Math.max(-Math.PI / 2, Math.min(Math.PI / 2, pitch + up * fov)) });
  }

  zoom(by) {
    this.viewer.zoom(this.viewer.getZoomLevel() + by);
  }

  // Where a direction is drawn, in pixels of the container.
  place(yaw, pitch) {
    return this.viewer.dataHelper.sphericalCoordsToViewerCoords({ yaw, pitch });
  }

  get position() {
    return this.viewer.getPosition();
  }

  leave() {
    this.viewer.destroy();
  }
}

globalThis.Panorama = Panorama;
