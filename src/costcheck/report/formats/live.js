// Computes the embedded graph anew; OPERATIONS stands before: a function for each operation.

function compute(steps, changes) {
  const values = [];
  steps.forEach(([operation, ...parts], at) => {
    if (operation === "input") values.push(at in changes ? changes[at] : parts[0]);
    else if (operation === "frozen") {
      const same = parts.slice(1).every((i) => values[i] === steps[i][1]);
      values.push(same ? parts[0] : NaN);
    } else {
      const known = parts.map((part) => (Array.isArray(part) ? part[0] : values[part]));
      values.push(applied(OPERATIONS[operation], known));
    }
  });
  return values;
}

// An operation on numbers, or on all draws of a number at once.
function applied(operation, parts) {
  const drawn = parts.find((part) => part.length);
  if (!drawn) return operation(...parts);
  const [a, b, c] = parts.map((part) => (part.length ? part : new Float64Array(drawn.length).fill(part)));
  return drawn.map((_, i) => operation(a[i], b && b[i], c && c[i]));
}

// The ends of what 90 % of the draws lie between; none where a draw is unknown.
function ends(value) {
  const sorted = value.length ? value.slice().sort() : [value];
  const last = sorted.length - 1;
  if (!Number.isFinite(sorted[last])) return null;
  return [0.05 * last, 0.95 * last].map((place) => {
    const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return low + (high - low) * (place % 1);
  });
}

// A range moves as the draws do: the report's own ends come from many more of them.
function moved(original, before, after, value) {
  if (!before || !after) return null;
  if (after[1] - after[0] <= 1e-12 * Math.abs(value)) return [value, value];
  return original.map((end, i) => (end && before[i] ? (end * after[i]) / before[i] : after[i]));
}

// Numbers as the report writes them: three significant digits.
const LETTERS = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
const PREFIXES = [[1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

function scientific(value) {
  if (value === 0) return "0";
  const [mantissa, exponent] = value.toExponential(2).split("e");
  return `${mantissa}e${Number(exponent)}`;
}

function significant(value) {
  if (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e15) return scientific(value);
  const places = 2 - Number(value.toExponential(2).split("e")[1]);
  const fixed = (places < 0 ? Number(value.toPrecision(3)) : value).toFixed(Math.max(places, 0));
  return fixed.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
}

function scaled(value, scales, space) {
  const rounded = Number(value.toPrecision(3));
  const found = scales.find(([scale]) => Math.abs(rounded) >= scale);
  return found ? `${significant(rounded / found[0])}${space}${found[1]}` : significant(rounded) + space;
}

const compact = (value) => scaled(value, LETTERS, "");
const si = (symbol, factor = 1) => (value) => scaled(value * factor, PREFIXES, " ") + symbol;

function money(value) {
  const size = Math.abs(value);
  const text = size >= 999.5 ? compact(size) : size.toFixed(size < 100 ? 2 : 0);
  return `${value < 0 ? "-" : ""}$${text}`;
}

function lasting(days) {
  const some = (scale) => Math.abs(Number((days * scale).toPrecision(3)));
  if (some(1) > 3 * 365.25) return `${significant(days / 365.25)} years`;
  const units = [[1, "days"], [24, "hours"], [1440, "minutes"], [86400, "seconds"]];
  const [per, unit] = units.find(([scale]) => some(scale) >= 1) || units[3];
  return `${significant(days * per)} ${unit}`;
}

const WRITERS = {
  USD: money,
  "USD/GPU-hour": (value) => `$${value.toFixed(2)}`,
  FLOP: scientific,
  "FLOP/token": si("FLOP"),
  bytes: si("B"),
  W: si("W"),
  kWh: si("Wh", 1000),
  kg: (value) => (Math.abs(value) < 999.5 ? `${significant(value)} kg` : `${compact(value / 1000)} t`),
  s: (value) => `${significant(value)} s`,
  share: (value) => `${significant(100 * value)}%`,
  GPUs: (value) => (Number.isInteger(value) ? value.toLocaleString("en-US") : significant(value)),
  days: lasting,
  1: significant,
};

const shown = (value, unit) => (WRITERS[unit] || compact)(value);

// A value as a scenario file states it.
const stated = ({ key, suffix }, value) =>
  `${key}=${Number((suffix === "%" ? value * 100 : value).toPrecision(15))}${suffix}`;

const takes = ({ least = 0, most, whole }, value) =>
  value > 0 && value >= least && value <= (most ?? Number.MAX_VALUE) && (!whole || Number.isInteger(value));

// What stands behind the field of an input: its unit, and a long number as people say it.
function measured({ suffix, unit }, value) {
  const words = suffix === "%" ? suffix : unit.replace(/^1$/, "").replace("USD/", "$ per ").replace(/^1\//, "per ");
  return value < 1e4 ? words : `${compact(value)} ${words}`;
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  made.append(...children);
  return made;
}

class Panel {
  constructor(place, number) {
    Object.assign(this, { place, number, changes: {}, graph: JSON.parse(place.querySelector("script").textContent) });
    this.original = compute(this.graph.steps, {});
    this.draws = Object.entries(this.graph.draws || {}).map(([at, all]) => [at, Float64Array.from(all)]);
    this.drawn = this.draw();
    this.form = element("form", { "aria-label": "inputs" });
    this.form.onsubmit = () => false;
    this.rows = this.graph.knobs.map((knob, at) => this.knob(knob, at));
    this.said = element("p", { role: "status", "aria-live": "polite" });
    this.table = element("tbody");
    const cells = this.graph.heads.map((text, at) => element("th", { scope: "col", class: at ? "number" : "" }, text));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...cells)), this.table);
    const wide = element("div", { class: "wide", tabindex: "0" }, table);
    place.append(this.form, this.buttons(), this.said, wide);
    this.charts = [...place.parentElement.querySelectorAll("svg[data-chart]")];
    place.hidden = false;
    this.follow();
  }

  knob(knob, at) {
    const id = `knob-${this.number}-${at}`;
    const slider = element("input", { type: "range", min: "0", max: "1000", "aria-label": `${knob.label}, slider` });
    const field = element("input", { type: "number", id, step: knob.whole ? "1" : "any", min: "0" });
    const factor = knob.suffix === "%" ? 100 : 1;
    const unit = element("span", { class: "faint" });
    const why = knob.why === knob.label ? "" : element("small", { class: "faint" }, knob.why);
    slider.oninput = () => {
      const value = knob.low * (knob.high / knob.low) ** (Number(slider.value) / 1000);
      this.turn(at, knob.whole ? Math.max(Math.round(value), 1) : Number(value.toPrecision(3)), slider);
    };
    field.oninput = () => {
      const value = Number(field.value) / factor;
      field.setAttribute("aria-invalid", String(!takes(knob, value)));
      if (takes(knob, value)) this.turn(at, value, field);
      else this.said.textContent = `${knob.label}: costcheck takes no such value.`;
    };
    this.form.append(element("div", { class: "knob" }, element("label", { for: id }, knob.label, " ", why), slider, field, unit));
    return { slider, field, factor, unit };
  }

  buttons() {
    const actions = { Reset: () => this.change({}) };
    if (addressed) actions["Copy link"] = () => this.copy(location.href);
    if (this.graph.command) actions["Copy as command"] = () => this.copy(this.command());
    const made = Object.entries(actions).map(([text, onclick]) =>
      Object.assign(element("button", { type: "button" }, text), { onclick }));
    return element("p", { class: "buttons" }, ...made);
  }

  turn(at, value, writing) {
    const knob = this.graph.knobs[at];
    const { [knob.at]: _, ...others } = this.changes;
    this.change(value === knob.value ? others : { ...others, [knob.at]: value }, writing);
  }

  change(changes, writing) {
    this.changes = changes;
    this.follow(writing);
    remember();
  }

  value = (knob) => this.changes[knob.at] ?? knob.value;

  command() {
    const changed = this.graph.knobs.filter((knob) => knob.at in this.changes);
    return [this.graph.command, ...changed.map((knob) => `--set '${stated(knob, this.value(knob))}'`)].join(" ");
  }

  copy(text) {
    this.said.textContent = text;
    navigator.clipboard?.writeText(text).then(() => (this.said.textContent = `Copied: ${text}`), () => {});
  }

  follow(writing) {
    this.graph.knobs.forEach((knob, at) => {
      const { slider, field, factor, unit } = this.rows[at];
      const value = this.value(knob);
      // What is being moved stays where it is: a step of a key may be less than a digit.
      if (slider !== writing) slider.value = String((1000 * Math.log(value / knob.low)) / Math.log(knob.high / knob.low));
      slider.setAttribute("aria-valuetext", shown(value, knob.unit));
      if (field !== writing) field.value = String(Number((value * factor).toPrecision(8)));
      unit.textContent = measured(knob, value);
    });
    const values = compute(this.graph.steps, this.changes);
    const found = this.results(values);
    this.table.replaceChildren(...found.map((result) => this.row(result)));
    this.charts.forEach((svg) => redraw(svg, new Map(found.map((result) => [result.label, result]))));
    const barred = this.graph.guards.filter(({ at }) => values[at] < 0).map(({ reason }) => `Infeasible: ${reason}.`);
    const changed = Object.keys(this.changes).length > 0;
    this.said.textContent = [...barred, changed ? this.graph.note : ""].join(" ");
    this.place.classList.toggle("changed", changed);
  }

  draw() {
    const free = this.draws.filter(([at]) => !(at in this.changes));
    return compute(this.graph.steps, { ...Object.fromEntries(free), ...this.changes });
  }

  results(values) {
    const drawn = this.draws.length && this.draw();
    return this.graph.results.map((result) => {
      const { at, low, high, before = this.original[at] } = result;
      const range = drawn ? moved([low, high], ends(this.drawn[at]), ends(drawn[at]), values[at]) : null;
      return { ...result, before, now: values[at], range };
    });
  }

  row({ label, at, unit, before, now, range }) {
    const known = Number.isFinite(now);
    const ratio = before ? now / before : NaN;
    const change = Math.abs(ratio - 1) > 1e-12 ? `${ratio > 1 ? "+" : ""}${significant(100 * (ratio - 1))}%` : "";
    const span = range && range[0] < range[1] ? range.map((end) => shown(end, unit)).join(" - ") : "";
    return element("tr", { "data-at": at },
      element("th", { scope: "row" }, label),
      element("td", { class: "number" }, before === null ? "" : shown(before, unit)),
      element("td", { class: "number strong" }, known ? shown(now, unit) : "only costcheck computes it"),
      element("td", { class: "number" }, change),
      ...(this.draws.length ? [element("td", { class: "number" }, known && !range ? "as in the report" : span)] : []));
  }
}

// After "#" a link holds the changes, panel.input=value; a page inside of another has none.
const panels = [];
const addressed = typeof location === "object" && !location.href.startsWith("about:");

function remember() {
  if (!addressed) return;
  const parts = panels.flatMap((panel) =>
    Object.entries(panel.changes).map(([at, value]) => `${panel.number}.${at}=${value}`));
  history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : location.pathname + location.search);
}

function recall() {
  panels.forEach((panel) => (panel.changes = {}));
  for (const part of location.hash.slice(1).split("&")) {
    const found = /^(\d+)\.(\d+)=([-+.\de]+)$/.exec(part);
    const panel = found && panels[Number(found[1])];
    const knob = panel && panel.graph.knobs.find(({ at }) => at === Number(found[2]));
    const value = found && Number(found[3]);
    if (knob && takes(knob, value)) panel.changes[knob.at] = value;
  }
  panels.forEach((panel) => panel.follow());
}

if (typeof document !== "undefined") {
  document.querySelectorAll(".live").forEach((place, at) => panels.push(new Panel(place, at)));
  recall();
  addEventListener("hashchange", recall);
}
