"use strict";
(() => {
  const $ = (query, from = document) => from.querySelector(query);
  const all = (query, from = document) => [...from.querySelectorAll(query)];
  const FACES = {
    front: [0, 0], right: [90, 0], back: [180, 0], left: [-90, 0], top: [0, 90], bottom: [0, -90],
  };
  const rowOf = (polygon) => document.getElementById(polygon.dataset.row);
  const shapesOf = (row) => all(`polygon[data-row="${row.id}"]`);
  const sectionOf = (row) => document.getElementById(row.dataset.image);

  // A row as a list of its cells, for the inspector and the viewer.
  function about(row) {
    const picture = $(".look", row).cloneNode(true);
    const list = document.createElement("dl");
    list.className = "about";
    for (const cell of all("td[data-name]", row)) {
      const name = document.createElement("dt");
      name.textContent = cell.dataset.name;
      const value = document.createElement("dd");
      value.append(...[...cell.childNodes].map((node) => node.cloneNode(true)));
      list.append(name, value);
    }
    return [picture, list];
  }

  // Pointing and picking: outline and row are lit together.
  let hot = null;
  let picked = null;
  function light(row) {
    if (hot === row) return;
    if (hot) [hot, ...shapesOf(hot)].forEach((node) => node.classList.toggle("hot", hot === picked && node !== hot));
    hot = row;
    if (row) [row, ...shapesOf(row)].forEach((node) => node.classList.add("hot"));
  }
  function inspect(row) {
    const inspector = $(".inspector", sectionOf(row));
    const link = document.createElement("a");
    link.className = "to-row";
    link.href = `#${row.id}`;
    link.textContent = "Show in the table";
    const parts = about(row);
    parts[0].addEventListener("click", () => look(row));
    inspector.replaceChildren(...parts, link);
  }
  function pick(row) {
    if (picked) [picked, ...shapesOf(picked)].forEach((node) => node.classList.remove("picked", "hot"));
    picked = row;
    row.classList.add("picked");
    shapesOf(row).forEach((node) => node.classList.add("hot"));
    inspect(row);
  }
  document.addEventListener("pointerover", (event) => {
    const polygon = event.target.closest("polygon[data-row]");
    const row = polygon ? rowOf(polygon) : event.target.closest("tr[data-image]");
    light(row);
    if (polygon && !picked) inspect(row);
  });

  // The viewer: the six faces as a cube around the eye, turned by CSS.
  const viewer = $("#viewer");
  const stage = $(".stage", viewer);
  const scene = $(".scene", viewer);
  const view = { yaw: 0, pitch: 0, width: 90, section: null };
  function turn(yaw, pitch, width) {
    view.yaw = yaw;
    view.pitch = Math.max(-90, Math.min(90, pitch));
    view.width = Math.max(6, Math.min(110, width));
    const distance = stage.clientWidth / 2 / Math.tan((view.width * Math.PI) / 360);
    stage.style.perspective = `${distance}px`;
    scene.style.transform = `translateZ(${distance}px) rotateX(${view.pitch}deg) rotateY(${view.yaw}deg)`;
    scene.style.setProperty("--thin", Math.min(2, 800 / distance));
  }
  function enter(section) {
    if (view.section === section) return;
    view.section = section;
    $(".where", viewer).textContent = section.dataset.name;
    scene.replaceChildren(...all(".face", section).map((face) => {
      const [yaw, pitch] = FACES[face.dataset.face];
      const plane = document.createElement("div");
      plane.className = "plane";
      plane.style.transform = `rotateY(${-yaw}deg) rotateX(${-pitch}deg) translateZ(-800px)`;
      const picture = $("img, .gone", face).cloneNode(true);
      plane.append(picture, $("svg", face).cloneNode(true));
      return plane;
    }));
  }
  function open(section) {
    if (!viewer.open) viewer.showModal();
    enter(section);
    stage.focus({ preventScroll: true });
  }
  function look(row) {
    open(sectionOf(row));
    pick(row);
    $(".detail", viewer).replaceChildren(...about(row));
    const { yaw, pitch, extent } = row.dataset;
    turn(Number(yaw), Number(pitch), Math.max(24, Math.min(80, 4 * extent)));
  }
  function lookFrom(face) {
    open(face.closest(".image"));
    const hint = document.createElement("p");
    hint.className = "quiet";
    hint.textContent = "Click an outline, or step through them with Next.";
    $(".detail", viewer).replaceChildren(hint);
    turn(...FACES[face.dataset.face], 90);
  }
  function step(by) {
    const rows = all(`tr[data-image="${view.section.id}"]`).filter((row) => row.checkVisibility());
    if (!rows.length) return;
    const at = rows.indexOf(picked);
    look(rows[(at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by + rows.length) % rows.length]);
  }

  let drag = null;
  stage.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, far: false, target: event.target };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.far && Math.hypot(dx, dy) < 4) return;
    const perPixel = view.width / stage.clientWidth;
    turn(view.yaw - dx * perPixel, view.pitch + dy * perPixel, view.width);
    Object.assign(drag, { x: event.clientX, y: event.clientY, far: true });
  });
  stage.addEventListener("pointerup", () => {
    const polygon = drag && !drag.far && drag.target.closest("polygon[data-row]");
    if (polygon) {
      pick(rowOf(polygon));
      $(".detail", viewer).replaceChildren(...about(picked));
    }
    drag = null;
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    turn(view.yaw, view.pitch, view.width * (event.deltaY > 0 ? 1.1 : 0.91));
  }, { passive: false });
  viewer.addEventListener("keydown", (event) => {
    const by = view.width / 10;
    const moves = {
      ArrowLeft: () => turn(view.yaw - by, view.pitch, view.width),
      ArrowRight: () => turn(view.yaw + by, view.pitch, view.width),
      ArrowUp: () => turn(view.yaw, view.pitch + by, view.width),
      ArrowDown: () => turn(view.yaw, view.pitch - by, view.width),
      "+": () => turn(view.yaw, view.pitch, view.width * 0.77),
      "-": () => turn(view.yaw, view.pitch, view.width * 1.3),
      n: () => step(1),
      p: () => step(-1),
    };
    if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moves[event.key]();
  });
  viewer.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (event.target === viewer || button?.matches(".close")) viewer.close();
    if (button?.dataset.step) step(Number(button.dataset.step));
    if (button?.dataset.face) turn(...FACES[button.dataset.face], 90);
    if (button?.dataset.zoom) turn(view.yaw, view.pitch, view.width * button.dataset.zoom);
  });
  addEventListener("resize", () => viewer.open && turn(view.yaw, view.pitch, view.width));

  // Clicks on the page: an outline is picked, a crop is looked at, a face is looked around from.
  $("#main").addEventListener("click", (event) => {
    const polygon = event.target.closest("polygon[data-row]");
    const row = event.target.closest("tr[data-image]");
    const face = event.target.closest(".face");
    if (polygon) pick(rowOf(polygon));
    else if (row && !event.target.closest("a")) look(row);
    else if (face) lookFrom(face);
  });

  // Layers and search.
  for (const box of all("[data-layer]")) {
    const apply = () => document.body.classList.toggle(`no-${box.dataset.layer}`, !box.checked);
    box.addEventListener("change", apply);
    apply(); // a browser may bring back what was ticked before
  }
  const find = $("#find");
  const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  function filter() {
    const wanted = plain(find.value);
    for (const row of all("tr[data-image]")) row.classList.toggle("filtered", !plain(row.textContent).includes(wanted));
    for (const polygon of all("#main polygon[data-row]")) {
      polygon.style.display = rowOf(polygon)?.classList.contains("filtered") ? "none" : "";
    }
  }
  find.addEventListener("input", filter);
  filter();

  addEventListener("beforeprint", () => all("details").forEach((part) => { part.open = true; }));

  // Where the reader is.
  const links = new Map(all(".side .links a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((link) => link.classList.remove("here"));
      links.get(entry.target.id)?.classList.add("here");
    }
  }, { rootMargin: "-20% 0px -75% 0px" });
  links.forEach((_, id) => { const target = document.getElementById(id); if (target) seen.observe(target); });
})();
