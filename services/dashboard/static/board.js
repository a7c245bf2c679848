// <okko-board>: the live page. It asks for what is newer than it has, draws it, and asks again: it shows the newest and
// never falls behind. Its attribute `texts` has the words, as JSON; nothing that came over the wire is taken as HTML.
import "/static/frame.js";
import { locale } from "/static/locale.js";
import { sign } from "/static/signs.js";

const RETRY_MS = 1000;
const GIVE_UP_MS = 8000;
const BETWEEN_PX = 3; // as the strip has it

function make(name, classes = "", text = "") {
  const element = document.createElement(name);
  if (classes) element.className = classes;
  if (text) element.textContent = text;
  return element;
}

// A number with so many digits after the point, or comma, as this person writes it.
function figure(value, digits, language) {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function percent(part, whole, language) {
  if (!whole) return "–";
  const value = (100 * part) / whole;
  const nearly = value > 99 && value < 100;
  return `${figure(nearly ? Math.min(99.9, value) : value, nearly || value < 10 ? 1 : 0, language)} %`;
}

function milliseconds(value, language) {
  return value >= 10000 ? `${figure(value / 1000, 1, language)} s` : `${figure(value, value < 10 ? 1 : 0, language)} ms`;
}

// A time zone, where this browser knows it; else times are the browser's own.
function known(zone) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function filled(text, values) {
  return text.replace(/{(\w+)}/g, (place, name) => values[name] ?? place);
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

class Board extends HTMLElement {
  #since = 0;
  #running = false;
  #cameras = new Map();
  #seen = new Set();
  #lastId = null;

  connectedCallback() {
    this.t = JSON.parse(this.getAttribute("texts"));
    this.language = locale();
    this.zone = known(this.getAttribute("zone")); // that of the box, in which its shifts are
    if (!this.board) this.#build(JSON.parse(this.getAttribute("cameras")));
    this.#running = true;
    this.#follow();
  }

  disconnectedCallback() {
    this.#running = false;
  }

  async #follow() {
    while (this.#running) {
      try {
        const answer = await fetch(`/api/live?since=${this.#since}`, { signal: AbortSignal.timeout(GIVE_UP_MS), headers: { Accept: "application/json" } });
        if (answer.status === 401) {
          location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
          return;
        }
        if (!answer.ok) throw new Error(`${answer.status}`);
        const shown = await answer.json();
        this.parts.lost.hidden = true;
        if (shown.number < this.#since) this.#cameras.forEach((camera) => (camera.frame_id = null)); // the agent is a new one
        this.#since = shown.number;
        this.#show(shown);
        await new Promise((resolve) => (document.hidden ? setTimeout(resolve, 1000) : requestAnimationFrame(resolve)));
      } catch {
        this.#lost();
        this.#since = 0;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #build(cameras) {
    const { t } = this;
    const parts = {};
    const part = (name, tag, classes = "", text = "") => (parts[name] = make(tag, classes, text));
    const card = (title, ...inside) => {
      const one = make("section", "card");
      one.append(make("h2", "", title), ...inside);
      return one;
    };
    this.parts = parts;
    this.board = make("div", "board");
    part("lost", "div", "lost", t.lost).setAttribute("role", "status");
    parts.lost.hidden = true;
    const seen = make("div", "seen");
    part("cameras", "div", "cameras").style.setProperty("--columns", Math.ceil(Math.sqrt(cameras.length)));
    parts.cameras.classList.toggle("many", cameras.length > 4);
    for (const name of cameras) parts.cameras.append(this.#camera(name));
    const said = make("div", "said");
    part("verdict", "section", "verdict").setAttribute("aria-label", t.last);
    parts.shape = make("span");
    parts.big = make("div", "big", "–");
    parts.why = make("div", "why", t.nothing_yet);
    parts.verdict.append(parts.shape, parts.big, parts.why);
    part("ready", "section", "card ready").setAttribute("aria-live", "polite");
    parts.readyWord = make("strong");
    parts.readyWhy = make("p");
    parts.readyRemedy = make("p", "okko-quiet");
    parts.ready.append(parts.readyWord, parts.readyWhy, parts.readyRemedy);
    const numbers = make("dl", "numbers");
    for (const name of ["rate", "yield", "items", "ko", "late"]) {
      const pair = make("div");
      parts[name] = make("dd", "", "–");
      pair.append(make("dt", "", t[name]), parts[name]);
      numbers.append(pair);
    }
    const counted = make("section", "card");
    counted.append(numbers, (parts.since = make("p", "okko-quiet")));
    said.append(parts.verdict, parts.ready, counted);
    const stripcard = make("section", "card stripcard");
    stripcard.append(make("h2", "okko-sr", t.strip), part("strip", "div", "strip"));
    const more = make("div", "more");
    more.append(
      card(t.pareto, (parts.pareto = make("ul", "bars"))),
      card(t.stages, (parts.whole = make("p")), (parts.deadline = make("div", "deadline")), (parts.stages = make("ul", "bars stages"))),
      card(t.events, (parts.events = make("ul", "events"))),
      card(t.agents, (parts.agents = make("ul", "bars"))),
    );
    parts.p99 = make("i", "p99");
    parts.p50 = make("i");
    parts.deadline.append(parts.p99, parts.p50);
    parts.deadline.setAttribute("aria-hidden", "true");
    seen.append(parts.cameras, stripcard);
    this.board.append(seen, said, more);
    this.append(parts.lost, this.board);
  }

  #camera(name) {
    const figure = make("figure");
    const frame = document.createElement("okko-frame");
    const caption = make("figcaption");
    const camera = { figure, frame, frame_id: null, name: make("strong", "", name), word: make("span", "okko-word"), finding: make("span", "finding", this.t.no_frame) };
    camera.finding.className = "okko-quiet";
    caption.append(camera.name, camera.word, camera.finding);
    figure.append(frame, caption);
    this.#cameras.set(name, camera);
    return figure;
  }

  #show(shown) {
    this.#verdict(shown.last);
    this.#ready(shown);
    this.#numbers(shown);
    this.#strip(shown.strip);
    for (const [name, one] of Object.entries(shown.cameras)) this.#picture(name, one);
    this.#bars(this.parts.pareto, shown.pareto.map(([text, count]) => [text, String(count), count]), this.t.no_findings);
    this.#stages(shown);
    this.#events(shown.events);
    const { t } = this;
    this.#bars(
      this.parts.agents,
      shown.agents.map((one) => [one.name + (one.why && one.state !== "online" ? `: ${one.why}` : ""), t[`agent_${one.state}`] + (one.rss_bytes ? ` · ${Math.round(one.rss_bytes / 1e6)} MB` : ""), 0]),
      t.no_agents,
    );
  }

  #verdict(last) {
    if (!last) return;
    const { verdict, shape, big, why } = this.parts;
    if (last.item_id === this.#lastId) return;
    this.#lastId = last.item_id;
    verdict.className = `verdict ${last.verdict}`;
    verdict.style.setProperty("--sign-cross", "#a80f18");
    shape.innerHTML = sign(last.verdict);
    set(big, last.verdict);
    const { t } = this;
    const part = make("small", "", [last.part_id, milliseconds(last.latency_ms, this.language), last.golden ? t.golden : "", last.borderline ? t.borderline : "", last.deadline_met ? "" : t.too_late].filter(Boolean).join(" · "));
    why.replaceChildren(last.verdict === "KO" ? last.finding || t[`reason_${last.reason}`] || last.reason : t.as_it_should_be, part);
  }

  // What was ready a moment ago may be no more: nothing here says so now.
  #lost() {
    const { t, parts } = this;
    parts.lost.hidden = false;
    this.#state("unknown", t.not_known, t.not_known_why, "");
  }

  #ready(shown) {
    const { t } = this;
    const why = shown.why.map((one) => (one.name ? filled(t[`why_${one.name}`], one.values) : one.text)).join(" · ");
    this.#state(shown.ready ? "" : "not", shown.ready ? t.ready : t.not_ready, why, shown.remedy ? t[`remedy_${shown.remedy}`] : "");
  }

  #state(kind, word, why, remedy) {
    const { parts } = this;
    parts.ready.className = `card ready ${kind}`;
    set(parts.readyWord, word);
    set(parts.readyWhy, why);
    set(parts.readyRemedy, remedy);
    parts.readyWhy.hidden = !why;
    parts.readyRemedy.hidden = !remedy;
  }

  #numbers(shown) {
    const { t, parts } = this;
    const { shift } = shown;
    const rate = shown.rate_per_min === null ? "–" : figure(shown.rate_per_min, shown.rate_per_min && shown.rate_per_min < 10 ? 1 : 0, this.language);
    parts.rate.replaceChildren(rate, make("small", "", shown.target_per_min ? ` / ${shown.target_per_min}` : ""));
    set(parts.yield, percent(shift.ok, shift.total, this.language));
    set(parts.items, shift.total.toLocaleString(this.language));
    set(parts.ko, shift.ko.toLocaleString(this.language));
    set(parts.late, String(shift.late));
    const since = new Date(shift.since_ms).toLocaleTimeString(this.language, { hour: "2-digit", minute: "2-digit", timeZone: this.zone });
    set(parts.since, filled(t.since, { time: since }));
  }

  // Beads are kept while they stand in the strip: a link that somebody is about to touch must not be another one.
  // There are as many as there is room for: none is cut off, and none is reached by keyboard that nobody sees.
  #strip(all) {
    const { strip } = this.parts;
    const { t } = this;
    const { width = 0 } = strip.firstElementChild?.getBoundingClientRect() ?? {};
    const beads = width ? all.slice(-Math.max(1, Math.floor((strip.clientWidth + BETWEEN_PX) / (width + BETWEEN_PX)))) : all;
    const wanted = new Set(beads.map(([id]) => id));
    for (const bead of [...strip.children]) if (!wanted.has(bead.dataset.item)) bead.remove();
    const known = new Set([...strip.children].map((bead) => bead.dataset.item));
    for (const [id, verdict, borderline, golden, part] of beads) {
      if (known.has(id)) continue;
      const bead = make("a", `${verdict}${borderline ? " borderline" : ""}${golden ? " golden" : ""}`);
      bead.href = `/items/${encodeURIComponent(id)}`;
      bead.dataset.item = id;
      const label = [part || id, verdict, borderline ? t.borderline : "", golden ? t.golden : ""].filter(Boolean).join(", ");
      bead.setAttribute("aria-label", label);
      bead.title = label;
      bead.innerHTML = sign(verdict);
      strip.append(bead);
    }
  }

  #picture(name, one) {
    const camera = this.#cameras.get(name);
    if (!camera || camera.frame_id === one.frame_id) return;
    camera.frame_id = one.frame_id;
    const { t } = this;
    const alt = filled(t.alt, { camera: name, part: one.part_id || one.item_id });
    camera.frame.shown = { ...one, alt, src: `/api/live/frame/${encodeURIComponent(name)}/${encodeURIComponent(one.frame_id)}` };
    camera.figure.className = one.verdict;
    camera.word.className = `okko-word ${one.verdict}`;
    camera.word.innerHTML = `${sign(one.verdict)}${one.verdict === "OK" ? "OK" : "KO"}`;
    camera.finding.className = one.finding ? "finding" : "okko-quiet";
    set(camera.finding, one.finding || this.#answer(one.predictions));
    camera.figure.title = `${name}: ${camera.finding.textContent}`;
  }

  #answer(predictions = []) {
    return predictions
      .map((one) => {
        if (one.error) return one.error.text;
        if (one.anomaly_score !== undefined) return `${one.anomaly_score.toFixed(2)} / ${one.anomaly_threshold?.toFixed(2) ?? "–"}`;
        if (one.detections) return filled(this.t.found, { count: one.detections.length });
        return one.label ? `${one.label} ${one.score?.toFixed(3) ?? ""}` : "";
      })
      .filter(Boolean)
      .join(" · ");
  }

  #bars(list, rows, empty) {
    const most = Math.max(1, ...rows.map(([, , value]) => value));
    while (list.children.length > rows.length) list.lastElementChild.remove();
    while (list.children.length < rows.length) {
      const row = make("li");
      row.append(make("span"), make("b"), make("i"));
      list.append(row);
    }
    rows.forEach(([text, figure, value], index) => {
      const [words, number, bar] = list.children[index].children;
      set(words, text);
      set(number, figure);
      bar.hidden = !value;
      bar.style.width = `${(100 * value) / most}%`;
    });
    if (!rows.length) {
      const nothing = make("li", "okko-quiet");
      nothing.append(make("span", "", empty), make("b"), make("i"));
      nothing.lastElementChild.hidden = true;
      list.replaceChildren(nothing);
    } else {
      list.firstElementChild.className = "";
    }
  }

  #stages(shown) {
    const { t, parts } = this;
    const { whole, deadline_ms: deadline } = shown;
    parts.deadline.hidden = !whole;
    set(parts.whole, whole ? filled(t.whole, { p50: milliseconds(whole.p50_ms, this.language), p99: milliseconds(whole.p99_ms, this.language), deadline: milliseconds(deadline, this.language) }) : t.nothing_yet);
    if (whole) {
      parts.deadline.classList.toggle("late", whole.p99_ms > deadline);
      parts.p50.style.width = `${Math.min(100, (100 * whole.p50_ms) / deadline)}%`;
      parts.p99.style.width = `${Math.min(100, (100 * whole.p99_ms) / deadline)}%`;
    }
    this.#bars(parts.stages, Object.entries(shown.stages).map(([name, ranks]) => [t[`stage_${name}`] ?? name, `${figure(ranks.p50_ms, 1, this.language)} · ${figure(ranks.p99_ms, 1, this.language)} ms`, ranks.p50_ms]), "");
  }

  #events(events) {
    const { events: list } = this.parts;
    const key = events.map((one) => one.at + one.code).join();
    if (list.dataset.key === key && list.children.length) return;
    list.dataset.key = key;
    const rows = [...events].reverse().map((one) => {
      const row = make("li");
      const time = make("time", "okko-quiet", new Date(one.at).toLocaleTimeString(this.language, { timeZone: this.zone }));
      time.dateTime = one.at;
      row.append(time, make("span", one.severity, this.t[`severity_${one.severity}`]), make("p", "", `${one.agent}: ${one.text}`));
      return row;
    });
    if (!rows.length) rows.push(make("li", "okko-quiet", this.t.no_events));
    list.replaceChildren(...rows);
  }
}

if (!customElements.get("okko-board")) customElements.define("okko-board", Board);
