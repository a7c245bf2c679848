// <okko-frame>: a picture with boxes, masks and heat maps drawn on it, each where the picture shows it.
// Its property `shown`, as it is or as JSON, or its attribute of that name as JSON: {src, alt, width_px, height_px, roi, predictions, drawn}.

export const COLOURS = ["#ff9e00", "#3d9be9", "#35c24a", "#ff4f4a", "#c58ff0", "#d39a86", "#f58fe0", "#2bd4cf", "#d6cf25", "#9fd0ff"];
const SVG = "http://www.w3.org/2000/svg";
const FULL = [0, 0, 1, 1];

function seenFrom(box, roi) {
  const [left, top, right, bottom] = roi ?? FULL;
  const x = (value) => (value - left) / (right - left);
  const y = (value) => (value - top) / (bottom - top);
  return [x(box[0]), y(box[1]), x(box[2]), y(box[3])];
}

function labelsOf(predictions) {
  const found = new Set();
  for (const one of predictions) {
    for (const label of one.map?.labels ?? []) found.add(label);
    for (const detection of one.detections ?? []) found.add(detection.label);
  }
  return [...found].sort();
}

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function boxesOf(shown, predictions, labels) {
  const width = 1000, height = Math.max(1, Math.round((1000 * shown.height_px) / shown.width_px));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const prediction of predictions) {
    for (const found of [...(prediction.detections ?? [])].reverse()) {
      const [x0, y0, x1, y1] = seenFrom(found.box, shown.roi);
      const colour = COLOURS[labels.indexOf(found.label) % COLOURS.length];
      const at = { x: x0 * width, y: y0 * height, width: Math.max(1, (x1 - x0) * width), height: Math.max(1, (y1 - y0) * height), fill: "none" };
      drawing.append(svg("rect", { ...at, stroke: "#000", "stroke-width": 9, opacity: 0.7 }));
      drawing.append(svg("rect", { ...at, stroke: colour, "stroke-width": 5 }));
      const text = `${found.label} ${found.score.toFixed(2)}`;
      const size = 34, wide = text.length * size * 0.58 + 12, top = Math.max(0, y0 * height - size - 8);
      const left = Math.min(Math.max(0, x0 * width), Math.max(0, width - wide));
      drawing.append(svg("rect", { x: left, y: top, width: wide, height: size + 8, fill: colour }));
      const words = svg("text", { x: left + 6, y: top + size - 3, "font-size": size, "font-weight": 600, fill: "#000", "font-family": "system-ui, sans-serif" });
      words.textContent = text;
      drawing.append(words);
    }
  }
  for (const one of shown.drawn ?? []) {
    const [x0, y0, x1, y1] = seenFrom(one.box, shown.roi);
    const outlines = one.polygons?.length ? one.polygons.map((points) => outline(points, shown.roi, width, height)) : [`${x0 * width},${y0 * height} ${x1 * width},${y0 * height} ${x1 * width},${y1 * height} ${x0 * width},${y1 * height}`];
    for (const points of outlines) {
      drawing.append(svg("polygon", { points, fill: "none", stroke: "#000", "stroke-width": 7, opacity: 0.7 }));
      drawing.append(svg("polygon", { points, fill: "none", stroke: "#fff", "stroke-width": 4, "stroke-dasharray": "18 12" }));
    }
    const words = svg("text", { x: x0 * width + 6, y: Math.min(height - 8, y1 * height + 34), "font-size": 32, "font-weight": 600, fill: "#fff", stroke: "#000", "stroke-width": 6, "paint-order": "stroke", "font-family": "system-ui, sans-serif" });
    words.textContent = one.label;
    drawing.append(words);
  }
  return drawing;
}

function outline(points, roi, width, height) {
  const corners = [];
  for (let at = 0; at + 1 < points.length; at += 2) {
    const [x, y] = seenFrom([points[at], points[at + 1], 1, 1], roi);
    corners.push(`${x * width},${y * height}`);
  }
  return corners.join(" ");
}

// A class map is tinted by class, a heat map from clear to yellow to red.
async function mapOf(map, roi, labels) {
  const picture = new Image();
  picture.src = `data:image/png;base64,${map.png}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const data = pixels.data;
  const tints = (map.labels ?? []).map((label) => (label ? rgb(COLOURS[labels.indexOf(label) % COLOURS.length]) : null));
  for (let at = 0; at < data.length; at += 4) {
    const value = data[at];
    const tint = map.kind === "heat" ? [255, 235 - value * 0.9, 30, value < 40 ? 0 : value * 0.75] : tints[value] && value > 0 ? [...tints[value], 115] : [0, 0, 0, 0];
    [data[at], data[at + 1], data[at + 2], data[at + 3]] = tint;
  }
  context.putImageData(pixels, 0, 0);
  const [x0, y0, x1, y1] = seenFrom(map.box, roi);
  Object.assign(canvas.style, { left: `${x0 * 100}%`, top: `${y0 * 100}%`, width: `${(x1 - x0) * 100}%`, height: `${(y1 - y0) * 100}%` });
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

function rgb(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

export class Frame extends HTMLElement {
  static observedAttributes = ["shown"];

  #fit = document.createElement("div");
  #waiting = null;
  #drawing = false;
  #resized = new ResizeObserver(() => this.#place());
  #shape = 4 / 3;

  connectedCallback() {
    this.#fit.className = "sized"; // not "fit": Quasar has a rule of its own for that
    this.append(this.#fit);
    this.#resized.observe(this);
    if (this.hasAttribute("shown")) this.shown = JSON.parse(this.getAttribute("shown"));
  }

  disconnectedCallback() {
    this.#resized.disconnect();
  }

  attributeChangedCallback(_name, _before, text) {
    if (this.isConnected && text) this.shown = JSON.parse(text);
  }

  // The newest wins: what came while one was drawn is left out but for the last.
  set shown(shown) {
    this.#waiting = typeof shown === "string" ? JSON.parse(shown) : shown;
    if (!this.#drawing) this.#draw();
  }

  async #draw() {
    this.#drawing = true;
    while (this.#waiting) {
      const shown = this.#waiting;
      this.#waiting = null;
      try {
        await this.#show(shown);
      } catch {
        if (!this.#fit.children.length) this.#tell(shown.alt ?? "");
      }
    }
    this.#drawing = false;
    this.dispatchEvent(new CustomEvent("drawn"));
  }

  async #show(shown) {
    const image = new Image();
    image.alt = shown.alt ?? "";
    image.src = shown.src;
    const predictions = shown.predictions ?? [];
    const labels = labelsOf(predictions);
    await image.decode();
    const maps = await Promise.all(predictions.filter((one) => one.map).map((one) => mapOf(one.map, shown.roi, labels)));
    this.#shape = shown.width_px > 0 ? shown.width_px / shown.height_px : image.naturalWidth / image.naturalHeight;
    const sized = { ...shown, width_px: shown.width_px || image.naturalWidth, height_px: shown.height_px || image.naturalHeight };
    this.#fit.replaceChildren(image, ...maps, boxesOf(sized, predictions, labels));
    this.#place();
  }

  #tell(text) {
    const gone = document.createElement("div");
    gone.className = "gone";
    gone.textContent = text;
    this.#fit.replaceChildren(gone);
    Object.assign(this.#fit.style, { width: "100%", height: "100%" });
  }

  // The picture as large as it fits, whole.
  #place() {
    const { clientWidth: width, clientHeight: height } = this;
    if (!width || !height || this.#fit.firstElementChild?.className === "gone") return;
    const shown = Math.min(width, height * this.#shape);
    Object.assign(this.#fit.style, { width: `${shown}px`, height: `${shown / this.#shape}px` });
  }
}

if (!customElements.get("okko-frame")) customElements.define("okko-frame", Frame);
