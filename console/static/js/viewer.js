// The evidence viewer: switching shots, zoom and pan by the SVG's viewBox, toggling what is drawn over it.

const ZOOM_STEP = 1.2;
const ZOOM_MOST = 12;

/** Bring every viewer below `root` to life; a viewer that lives already is left alone. */
export function viewersIn(root) {
  for (const viewer of root.querySelectorAll("[data-viewer]:not([data-live])")) {
    viewer.dataset.live = "";
    new Viewer(viewer);
  }
}

/** Do what a key of the viewer stands for, in the first viewer below `root`; whether there was one. */
export function viewerKey(root, key) {
  const act = { b: "boxes", z: "lines", f: "full" }[key];
  const button = act && root.querySelector(`[data-viewer] [data-act="${act}"]`);
  button?.click();
  return Boolean(button);
}

class Viewer {
  constructor(element) {
    this.element = element;
    this.stage = element.querySelector(".viewer-stage");
    element.addEventListener("click", (event) => this.clicked(event));
    element.addEventListener("keydown", (event) => this.strip(event));
    for (const shot of element.querySelectorAll(".shot")) this.zoomable(shot);
  }

  clicked(event) {
    const show = event.target.closest("[data-show]");
    if (show) this.show(show.dataset.show);
    const act = event.target.closest("[data-act]");
    if (act) this[act.dataset.act](act);
  }

  show(name) {
    for (const shot of this.stage.querySelectorAll("[data-shot]")) {
      const chosen = shot.dataset.shot === name;
      shot.toggleAttribute("hidden", !chosen);
      if (shot.tagName !== "VIDEO") continue;
      if (chosen && !shot.src) shot.src = shot.dataset.src;
      if (!chosen) shot.pause();
    }
    for (const tab of this.element.querySelectorAll("[data-show]"))
      tab.setAttribute("aria-selected", String(tab.dataset.show === name));
    const video = name.endsWith(".mp4");
    this.stage.querySelector(".viewer-tools").hidden = video;
  }

  /** Arrow keys walk along the strip. */
  strip(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !event.target.matches("[data-show]")) return;
    const tabs = [...this.element.querySelectorAll("[data-show]")];
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
    event.preventDefault();
  }

  boxes(button) { this.toggle(button, "no-boxes"); }
  lines(button) { this.toggle(button, "no-lines"); }

  toggle(button, name) {
    const off = this.element.classList.toggle(name);
    button.setAttribute("aria-pressed", String(!off));
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.stage.requestFullscreen();
  }

  /** Ask for the purpose; the form that answers comes back as an event with the query to add. */
  unmask() {
    const dialog = document.getElementById("unmask");
    dialog.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      const query = new URLSearchParams(new FormData(event.target));
      query.set("unmasked", "true");
      this.original(query);
      dialog.close();
    };
    dialog.showModal();
  }

  original(query) {
    const base = this.element.dataset.base;
    for (const image of this.stage.querySelectorAll("image")) image.setAttribute("href", `${base}${image.dataset.path}?${query}`);
    for (const video of this.stage.querySelectorAll("video")) {
      video.dataset.src = `${base}${video.dataset.shot}?${query}`;
      if (video.src) video.src = video.dataset.src;
    }
    const note = this.stage.querySelector("[data-note]");
    note.textContent = document.getElementById("unmask").dataset.label;
    note.classList.add("alarm");
  }

  zoomable(shot) {
    const [width, height] = shot.dataset.size.split(" ").map(Number);
    let view = { x: 0, y: 0, scale: 1 };
    let drag = null;
    const apply = () => {
      const w = width / view.scale, h = height / view.scale;
      view.x = Math.min(Math.max(view.x, 0), width - w);
      view.y = Math.min(Math.max(view.y, 0), height - h);
      shot.setAttribute("viewBox", `${view.x} ${view.y} ${w} ${h}`);
    };
    const at = (event) => {
      const frame = shot.getBoundingClientRect();
      return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
    };
    shot.addEventListener("wheel", (event) => {
      const scale = Math.min(Math.max(view.scale * (event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP), 1), ZOOM_MOST);
      if (scale === view.scale) return;
      event.preventDefault();
      const [px, py] = at(event);
      view.x += px * (width / view.scale - width / scale);
      view.y += py * (height / view.scale - height / scale);
      view.scale = scale;
      apply();
    }, { passive: false });
    shot.addEventListener("pointerdown", (event) => {
      if (view.scale === 1) return;
      drag = at(event);
      shot.setPointerCapture(event.pointerId);
    });
    shot.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const now = at(event);
      view.x -= (now[0] - drag[0]) * width / view.scale;
      view.y -= (now[1] - drag[1]) * height / view.scale;
      drag = now;
      apply();
    });
    for (const end of ["pointerup", "pointercancel"]) shot.addEventListener(end, () => { drag = null; });
    shot.addEventListener("dblclick", () => { view = { x: 0, y: 0, scale: 1 }; apply(); });
  }
}
