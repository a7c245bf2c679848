// The station's pages: its agents and gauges, and what each camera sees while it is set up.
import { locale } from "/static/locale.js";

function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

function size(bytes) {
  for (const [unit, factor] of [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (bytes >= factor) return `${(bytes / factor).toPrecision(3)} ${unit}`;
  }
  return `${bytes} B`;
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class Station extends HTMLElement {
  connectedCallback() {
    this.texts = JSON.parse(this.getAttribute("texts"));
    this.follow();
  }

  async follow() {
    while (this.isConnected) {
      try {
        const answer = await fetch("/api/setup/state");
        if (!answer.ok) throw new Error(answer.statusText);
        this.show(await answer.json());
      } catch {
        if (!this.querySelector(".lost")) this.prepend(made("p", { class: "lost", role: "status", text: this.texts.lost }));
      }
      await pause(1500);
    }
  }

  show(seen) {
    if (this.contains(document.activeElement) && document.activeElement.matches("button")) this.focused = document.activeElement.dataset.agent;
    else this.focused = null;
    this.replaceChildren(this.agents(seen.agents), this.gauges(seen));
    if (this.focused) this.querySelector(`button[data-agent="${CSS.escape(this.focused)}"]`)?.focus();
  }

  agents(agents) {
    const t = this.texts;
    const card = made("section", { class: "okko-card" }, made("h2", { text: t.agents }));
    if (!agents.length) {
      card.append(made("p", { class: "okko-quiet", text: t.no_agents }));
      return card;
    }
    const heads = [t.agent, t.state, t.since, t.version, t.memory, t.rate, t.times, ""];
    const body = made("tbody");
    const time = new Intl.DateTimeFormat(locale(), { dateStyle: "short", timeStyle: "medium" });
    for (const agent of agents) {
      const stages = Object.entries(agent.stages).filter(([, stage]) => stage.n > 0);
      const times = stages.map(([name, stage]) => `${name} ${stage.p50_ms.toFixed(1)} / ${stage.p99_ms.toFixed(1)}`).join(", ");
      const state = made("td", {}, made("span", { class: agent.state, text: t[`state_${agent.state}`] ?? agent.state }));
      if (agent.why) state.append(made("span", { class: "why", text: agent.why }));
      const row = made(
        "tr", {}, made("th", { scope: "row", text: agent.name }), state,
        made("td", { text: time.format(new Date(agent.since)) }), made("td", { text: agent.version }),
        made("td", { text: agent.rss_bytes === null ? "" : size(agent.rss_bytes) }),
        made("td", { text: agent.rate === null ? "" : agent.rate.toFixed(1) }), made("td", { text: times }), made("td"),
      );
      if (this.hasAttribute("restart") && this.getAttribute("restart") !== "false" && agent.state !== "offline") {
        const button = made("button", { class: "setup-button", type: "button", text: t.restart, "data-agent": agent.name, "aria-label": `${t.restart}: ${agent.name}` });
        button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("restart", { detail: agent.name })));
        row.lastChild.append(button);
      }
      body.append(row);
    }
    const head = made("thead", {}, made("tr", {}, ...heads.map((text) => (text ? made("th", { scope: "col", text }) : made("td")))));
    card.append(made("div", { class: "wrap", tabindex: "0", role: "region", "aria-label": t.agents }, made("table", {}, head, body)));
    return card;
  }

  gauges(seen) {
    const t = this.texts;
    const gauges = made("div", { class: "gauges" });
    if (seen.disk) {
      const { free_bytes: free, total_bytes: total } = seen.disk;
      const meter = made("meter", { min: 0, max: total, high: total * 0.8, low: total * 0.6, optimum: 0, value: total - free, "aria-label": t.disk });
      const card = made("section", { class: "okko-card" }, made("h2", { text: t.disk }), meter, made("p", { text: filled(t.free, { free: size(free), total: size(total) }) }));
      if (seen.disk.kept_bytes !== null) card.append(made("p", { class: "okko-quiet", text: filled(t.kept, { images: seen.disk.kept_images, bytes: size(seen.disk.kept_bytes) }) }));
      gauges.append(card);
    }
    if (seen.uplink) {
      const text = filled(seen.uplink.connected ? t.up : t.down, { count: seen.uplink.backlog });
      const card = made("section", { class: "okko-card" }, made("h2", { text: t.uplink }), made("p", { class: seen.uplink.connected ? "online" : "offline", text }));
      if (seen.uplink.given_up) card.append(made("p", { text: filled(t.given_up, { count: seen.uplink.given_up }) }));
      gauges.append(card);
    }
    return gauges;
  }
}

// One question for all cameras that can be seen: a browser has few connections, and a camera out of sight is left alone.
const cameras = {
  shown: new Set(),
  inSight: new Set(),
  asking: false,

  add(camera) {
    this.sight ??= new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.inSight[isIntersecting ? "add" : "delete"](target);
    });
    this.shown.add(camera);
    this.sight.observe(camera);
    if (!this.asking) this.follow();
  },

  remove(camera) {
    this.shown.delete(camera);
    this.inSight.delete(camera);
    this.sight.unobserve(camera);
  },

  async follow() {
    this.asking = true;
    let number = 0;
    const came = new Map();
    while (this.shown.size) {
      const wanted = [...this.inSight];
      if (document.hidden || !wanted.length) {
        await pause(300);
        continue;
      }
      try {
        const asked = new URLSearchParams([["since", number], ...wanted.map((camera) => ["camera", camera.camera])]);
        const answer = await fetch(`/api/setup/previews?${asked}`);
        if (!answer.ok) throw new Error(answer.statusText);
        const told = await answer.json();
        number = told.number;
        for (const camera of wanted) {
          const seen = told.previews[camera.camera];
          if (seen) {
            came.set(camera, performance.now());
            camera.show(seen);
          } else if (performance.now() - (came.get(camera) ?? 0) > 3000) camera.lose();
        }
      } catch {
        wanted.forEach((camera) => camera.lose());
        number = 0;
        await pause(1000);
      }
    }
    this.asking = false;
  },
};

class SetupCamera extends HTMLElement {
  connectedCallback() {
    this.texts = JSON.parse(this.getAttribute("texts"));
    this.camera = this.getAttribute("camera");
    this.roi = JSON.parse(this.getAttribute("roi"));
    this.peak = 0;
    this.build();
    cameras.add(this);
  }

  disconnectedCallback() {
    cameras.remove(this);
  }

  build() {
    const t = this.texts;
    this.image = made("img", { alt: filled(t.picture_of, { camera: this.camera }), draggable: "false", hidden: "" });
    this.nothing = made("p", { text: t.no_picture });
    this.region = made("div", { class: "roi" });
    this.see = made("div", { class: "see" }, this.image, this.nothing, this.region);
    this.histogram = made("canvas", { width: 256, height: 72, role: "img", "aria-label": t.histogram });
    this.figures = {};
    const figures = made("dl");
    for (const name of ["brightness", "saturated", "focus"]) {
      this.figures[name] = made("dd", { text: "–" });
      figures.append(made("div", {}, made("dt", { text: t[name] }), this.figures[name]));
    }
    this.bar = made("i");
    const reset = made("button", { class: "setup-button", type: "button", text: t.reset_peak });
    reset.addEventListener("click", () => { this.peak = 0; });
    this.append(
      made("h2", { text: this.camera }), this.see, this.histogram, figures,
      made("div", { class: "focus", "aria-hidden": "true" }, this.bar, made("b")), made("div", { class: "fields" }, reset), this.regionFields(), this.settingFields(),
    );
    this.drag();
    this.drawRegion();
  }

  regionFields() {
    const t = this.texts;
    this.inputs = ["x0", "y0", "x1", "y1"].map((name) => made("input", { type: "number", min: 0, max: 1, step: 0.01, "data-name": name }));
    for (const input of this.inputs) {
      input.addEventListener("change", () => {
        const values = this.inputs.map((one) => Number(one.value));
        if (values[0] < values[2] && values[1] < values[3]) {
          this.roi = values;
          this.drawRegion();
        }
      });
    }
    const labels = this.inputs.map((input) => made("label", { text: t[input.dataset.name] }, input));
    const use = made("button", { class: "setup-button first", type: "button", text: t.use_region });
    use.addEventListener("click", () => this.takeOver("roi", this.roi));
    const none = made("button", { class: "setup-button", type: "button", text: t.no_region });
    none.addEventListener("click", () => { this.roi = null; this.drawRegion(); });
    return made("div", { class: "fields", role: "group", "aria-label": `${t.region}: ${this.camera}` }, ...labels, use, none);
  }

  settingFields() {
    const t = this.texts;
    const fields = made("div", { class: "fields" });
    for (const [name, value] of Object.entries(JSON.parse(this.getAttribute("settings")))) {
      const input = made("input", { type: "number", min: 0, step: "any", class: "wide", value: value ?? "" });
      const button = made("button", { class: "setup-button", type: "button", text: t.set_value, "aria-label": `${t.set_value}: ${t[`setting_${name}`]}` });
      button.addEventListener("click", () => { if (input.value !== "") this.takeOver(name, Number(input.value)); });
      fields.append(made("label", { text: t[`setting_${name}`] }, input), button);
    }
    return fields;
  }

  takeOver(key, value) {
    const asked = new URLSearchParams({ camera: this.camera, key, value: JSON.stringify(value) });
    location.assign(`/station/configuration?${asked}`);
  }

  drag() {
    let from = null;
    const at = (event) => {
      const box = this.see.getBoundingClientRect();
      const share = (value, begin, length) => Math.min(1, Math.max(0, (value - begin) / length));
      return [share(event.clientX, box.left, box.width), share(event.clientY, box.top, box.height)];
    };
    this.see.addEventListener("pointerdown", (event) => {
      from = at(event);
      this.see.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    this.see.addEventListener("pointermove", (event) => {
      if (!from) return;
      const to = at(event);
      const round = (value) => Math.round(value * 1000) / 1000;
      const roi = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])].map(round);
      if (roi[2] - roi[0] >= 0.02 && roi[3] - roi[1] >= 0.02) {
        this.roi = roi;
        this.drawRegion();
      }
    });
    for (const name of ["pointerup", "pointercancel"]) this.see.addEventListener(name, () => { from = null; });
  }

  drawRegion() {
    this.region.hidden = !this.roi;
    this.inputs.forEach((input, index) => { input.value = (this.roi ?? [0, 0, 1, 1])[index]; });
    if (!this.roi) return;
    const [x0, y0, x1, y1] = this.roi.map((value) => `${value * 100}%`);
    Object.assign(this.region.style, { left: x0, top: y0, width: `calc(${x1} - ${x0})`, height: `calc(${y1} - ${y0})` });
  }

  lose() {
    this.image.hidden = true;
    this.nothing.hidden = false;
  }

  show(seen) {
    this.image.src = `data:image/jpeg;base64,${seen.jpeg_base64}`;
    this.image.hidden = false;
    this.nothing.hidden = true;
    this.see.style.aspectRatio = `${seen.width_px} / ${seen.height_px}`;
    this.figures.brightness.textContent = seen.mean_brightness.toFixed(0);
    this.figures.saturated.textContent = `${(100 * seen.saturated_share).toFixed(1)} %`;
    this.peak = Math.max(this.peak, seen.focus);
    this.figures.focus.textContent = `${seen.focus.toFixed(0)} (${this.texts.peak} ${this.peak.toFixed(0)})`;
    this.bar.style.width = `${this.peak ? (100 * seen.focus) / this.peak : 0}%`;
    this.drawHistogram(seen.histogram);
  }

  drawHistogram(histogram) {
    const { width, height } = this.histogram;
    const pen = this.histogram.getContext("2d");
    pen.clearRect(0, 0, width, height);
    const most = Math.max(1, ...Object.values(histogram).flatMap((bins) => bins.slice(1, -1)));
    pen.globalCompositeOperation = "lighter";
    for (const [name, colour] of [["red", "#e0483e"], ["green", "#3fae52"], ["blue", "#3f7fe0"]]) {
      pen.fillStyle = colour;
      const bins = histogram[name];
      bins.forEach((count, index) => {
        const tall = Math.min(1, count / most) * height;
        pen.fillRect((index * width) / bins.length, height - tall, width / bins.length - 0.5, tall);
      });
    }
    pen.globalCompositeOperation = "source-over";
  }
}

// Around NiceGUI's editor, which gives its text field no name, and no way to scroll it by keyboard. Tells that the
// page is dark: the server does not know it where the browser's system decides.
class Editor extends HTMLElement {
  connectedCallback() {
    if (document.body.classList.contains("body--dark")) this.dispatchEvent(new Event("dark"));
    this.watch = new MutationObserver(() => this.name());
    this.watch.observe(this, { childList: true, subtree: true });
    this.name();
  }

  disconnectedCallback() {
    this.watch.disconnect();
  }

  name() {
    const text = this.querySelector(".cm-content");
    if (!text) return;
    this.watch.disconnect();
    text.setAttribute("aria-label", this.getAttribute("label"));
    this.querySelector(".cm-scroller").setAttribute("tabindex", "0");
  }
}

customElements.define("okko-editor", Editor);
customElements.define("okko-station", Station);
customElements.define("okko-setup-camera", SetupCamera);
