"use strict";
(() => {
  const $ = (query, from = document) => from.querySelector(query);
  const all = (query, from = document) => [...from.querySelectorAll(query)];
  const [stage, said, where, list] = ["stage", "said", "where", "list"].map((id) => document.getElementById(id));
  const sections = all("section.image");
  const sectionOf = (row) => document.getElementById(row.dataset.image);
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const scroll = (node, block) => node.scrollIntoView({ block, behavior: "instant" });

  // The panorama: one for all images. Where it cannot be had, the faces stay flat.
  let panorama = null;
  let opened = null; // the section whose image is in it
  let opening = Promise.resolve();
  function begin() {
    try {
      const isThere = sections.length && typeof Panorama !== "undefined";
      if (isThere) panorama = new Panorama(stage, (id, by) => enter(document.getElementById(id), by));
    } catch {
      stage.replaceChildren();
    }
    if (!panorama) document.body.classList.replace("round", "flat");
  }
  function picture(face) {
    const shown = $("img", face);
    if (shown) return shown.src;
    const canvas = Object.assign(document.createElement("canvas"), { width: 512, height: 512 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#232c35";
    pen.fillRect(0, 0, 512, 512);
    Object.assign(pen, { fillStyle: "#cfd8e1", font: "22px sans-serif", textAlign: "center" });
    pen.fillText(`${face.dataset.face}: ${face.dataset.problem}`, 256, 256, 480);
    return canvas.toDataURL();
  }
  const aimOf = ({ yaw, pitch, extent }) => ({
    yaw: Number(yaw), pitch: Number(pitch), fov: Math.max(24, Math.min(75, 5 * Number(extent))),
  });
  function open(section, at = { yaw: 0, pitch: 0, fov: 90 }) {
    if (!panorama || opened === section) return opening;
    opened = section;
    where.textContent = section.dataset.name;
    stage.setAttribute("aria-label", `360° view of ${section.dataset.name}`);
    for (const link of all(".links.images a")) {
      if (link.hash === `#${section.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const faces = Object.fromEntries(all(".face", section).map((face) => [face.dataset.face, picture(face)]));
    const marks = JSON.parse($(".marks", section).textContent);
    stage.removeAttribute("data-shown");
    stage.classList.toggle("many", section.matches(".many"));
    opening = opening
      .then(() => panorama.show(faces, marks, at))
      .then(() => { stage.dataset.shown = section.id; show(); sift(); })
      .catch((error) => { said.textContent = `This image cannot be shown: ${error.message}`; });
    return opening;
  }
  const openBeside = (by) => sections.length &&
    visit(sections[(sections.indexOf(opened) + by + sections.length) % sections.length]);
  function visit(section) {
    scroll(section, "start");
    open(section);
  }

  // One text is picked at a time: its row, and its outlines.
  let picked = null;
  const shapesOf = (row) => all(`[data-row="${row.id}"]`);
  function show() {
    for (const shape of all("[data-row].hot")) shape.classList.remove("hot");
    if (picked) for (const shape of shapesOf(picked)) shape.classList.add("hot");
  }
  function pick(row) {
    letGo();
    picked = row;
    row.classList.add("picked");
    row.setAttribute("aria-current", "true");
    show();
    const rows = rowsOf(sectionOf(row));
    const at = rows.includes(row) ? `, ${rows.indexOf(row) + 1} of ${rows.length}` : "";
    const text = $(".tag", row).textContent;
    const asset = $(".asset .tag", row)?.textContent;
    said.textContent = `${text}: ${row.dataset.word}${asset ? `, ${asset}` : ""} (${sectionOf(row).dataset.name}${at})`;
  }
  function letGo() {
    if (!picked) return;
    picked.classList.remove("picked");
    picked.removeAttribute("aria-current");
    picked = null;
    show();
    said.textContent = "";
  }
  // From an outline to its row. A key takes the focus along, a click leaves it on the panorama.
  function enter(row, by) {
    pick(row);
    row.closest("details")?.setAttribute("open", "");
    scroll(row, "center");
    if (by === "key") $(".look", row).focus({ preventScroll: true });
    else (panorama ? stage : $(".look", row)).focus({ preventScroll: true });
  }
  // From a row to its outline.
  function look(row) {
    pick(row);
    const section = sectionOf(row);
    if (!panorama) {
      const shape = shapesOf(row).find((node) => node.closest("svg"));
      if (shape) scroll(shape.closest(".face"), "center");
      return;
    }
    if (opened === section) opening.then(() => panorama.look(aimOf(row.dataset), isCalm));
    else open(section, aimOf(row.dataset));
    if (!isInView(stage)) scroll(stage, "nearest");
  }
  function isInView(node) {
    const { top, bottom } = node.getBoundingClientRect();
    return bottom > 40 && top < innerHeight - 40;
  }
  const isSifted = (row) => row.classList.contains("filtered") || document.body.classList.contains(`no-${row.dataset.kind}`);
  const rowsOf = (section) => all(".decisions tbody tr", section).filter((row) => !isSifted(row));
  function step(by) {
    if (!opened) return;
    const rows = rowsOf(opened);
    if (!rows.length) return;
    const at = rows.indexOf(picked);
    const row = rows[(at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by + rows.length) % rows.length];
    look(row);
    scroll(row, "nearest");
  }

  stage.addEventListener("keydown", (event) => {
    if (!panorama || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = {
      ArrowLeft: () => panorama.turn(-0.15, 0), ArrowRight: () => panorama.turn(0.15, 0),
      ArrowUp: () => panorama.turn(0, 0.15), ArrowDown: () => panorama.turn(0, -0.15),
      "+": () => panorama.zoom(10), "=": () => panorama.zoom(10), "-": () => panorama.zoom(-10),
      n: () => step(1), p: () => step(-1),
    };
    if (event.target === stage) moves.Enter = () => picked && enter(picked, "key");
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !picked || event.target.id === "find") return;
    const from = picked.contains(document.activeElement) ? shapesOf(picked).at(-1) : null;
    letGo();
    (panorama ? stage : from)?.focus({ preventScroll: true });
  });
  document.getElementById("before").addEventListener("click", () => openBeside(-1));
  document.getElementById("after").addEventListener("click", () => openBeside(1));

  const main = document.getElementById("main");
  main.addEventListener("click", (event) => {
    if (event.target.closest("a") || stage.contains(event.target)) return;
    const polygon = event.target.closest("polygon[data-row]");
    const row = event.target.closest("tr[data-image]");
    if (polygon) enter(document.getElementById(polygon.dataset.row), "click");
    else if (row) look(row);
    else if (event.target.closest(".open")) open(event.target.closest("section.image")).then(() => stage.focus());
  });
  main.addEventListener("keydown", (event) => {
    const polygon = event.target.closest("polygon[data-row]");
    if (!polygon || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    enter(document.getElementById(polygon.dataset.row), "key");
  });
  main.addEventListener("pointerover", (event) => {
    const row = event.target.closest("tr[data-image]");
    for (const shape of all("[data-row].near")) shape.classList.remove("near");
    if (row) for (const shape of shapesOf(row)) shape.classList.add("near");
  });
  // A link to an image or a row opens it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#i"]');
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    if (target.matches("section.image")) { visit(target); (panorama ? stage : target).focus?.({ preventScroll: true }); }
    else { look(target); scroll(target, "center"); }
  });

  // What is shown: layers and search.
  for (const box of all("[data-layer]")) {
    const apply = () => document.body.classList.toggle(`no-${box.dataset.layer}`, !box.checked);
    box.addEventListener("change", apply);
    apply(); // a browser may bring back what was ticked before
  }
  const find = document.getElementById("find");
  const found = document.getElementById("found");
  const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  const rows = all("tr[data-image]");
  const texts = new Map();
  const textOf = (row) => texts.get(row) ?? texts.set(row, plain(row.textContent)).get(row);
  function sift() {
    const wanted = plain(find.value);
    let count = 0;
    for (const row of rows) {
      const isIn = !wanted || textOf(row).includes(wanted);
      count += isIn;
      row.classList.toggle("filtered", !isIn);
    }
    for (const shape of all("[data-row]")) {
      shape.classList.toggle("filtered", Boolean(document.getElementById(shape.dataset.row)?.classList.contains("filtered")));
    }
    for (const section of sections) section.classList.toggle("without", Boolean(wanted) && !$("tr[data-image]:not(.filtered)", section));
    found.textContent = wanted ? `${count} found` : "";
  }
  let due = 0;
  find.addEventListener("input", () => { clearTimeout(due); due = setTimeout(sift, 120); });
  if (find.value) sift();

  addEventListener("beforeprint", () => {
    for (const part of all("details")) part.open = true;
    for (const crop of all(".look img")) crop.loading = "eager"; // nobody scrolls on paper
  });

  begin();
  if (panorama) {
    const named = document.getElementById(location.hash.slice(1));
    if (named?.matches("tr[data-image]")) look(named);
    else open(named?.matches("section.image") ? named : sections[0]);
  }
  globalThis.report = { get panorama() { return panorama; } };
})();
