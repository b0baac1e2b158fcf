// A client's card as elements. Every text goes in as text, never as markup: it comes from strangers.

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = printable(text);
  return element;
}

// Characters that turn the direction of a text, or that nobody sees, become visible boxes.
function printable(text) {
  return String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "\u25a1");
}

// --- Timeline ------------------------------------------------------------------------------------

// Draws it, and returns a function that lays it out again: for a new width, and, where something is
// in flight, for `now` (seconds of the room).
export function timeline(conversation) {
  const figure = make("figure", "timeline");
  const chart = make("div", "chart");
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", printable(conversation.alt));
  const turns = new Set(conversation.lanes.map((lane) => lane.turn).filter(Boolean));
  const asking = [...turns];
  const running = conversation.lanes.some((lane) => lane.bars.some((bar) => bar.in_flight));
  const lanes = conversation.lanes.map((lane) => {
    const drawn = row(running && lane.pending ? { ...lane, trouble: "" } : lane, turns.size > 1 && asking.indexOf(lane.turn) % 2 === 0);
    chart.append(drawn.element);
    return drawn;
  });
  const axis = make("div", "axis");
  axis.append(make("span", "name"), make("span", "ticks"));
  chart.append(axis);
  figure.append(chart, make("figcaption", "", conversation.caption));
  const update = (now) => arrange(lanes, axis.lastChild, conversation, running ? now : null);
  return { element: figure, update, running };
}

function row(lane, shaded) {
  const element = make("div", `lane ${lane.kind}${shaded ? " shaded" : ""}`);
  const name = make("span", "name");
  const [, tool, values] = lane.label.match(/^([^(]*)(?:\(([^]*?)\)?)?$/);
  name.append(make("span", "tool", tool));
  if (values) name.append(make("span", "paren", "("), make("span", "values", values), make("span", "paren", ")"));
  const track = make("div", "track");
  element.append(name, track);
  const bars = lane.bars.map((bar) => {
    const kind = `${bar.failed ? " failed" : ""}${bar.in_flight ? " flying" : ""}`;
    return { ...bar, box: make("i", `bar ${bar.kind}${kind}`) };
  });
  const texts = bars
    .filter((bar) => bar.kind !== "wait" && bar.text)
    .map((bar) => ({ bar, loud: Boolean(bar.failed), choices: shorter(bar), element: make("b", bar.failed ? "loud" : "") }));
  if (lane.trouble) {
    const sign = `${lane.pending ? "○" : "✕"} ${lane.trouble}`;
    const element = make("b", `mark${lane.pending ? " pending" : ""}`);
    texts.push({ at: lane.at ?? 0, loud: true, choices: [sign, sign.slice(0, 1)], element });
  }
  texts.sort((one, other) => other.loud - one.loud);
  let wait = null;
  if (lane.asked !== null && lane.answered !== null) {
    wait = { start: lane.asked, end: lane.answered, box: make("i", "span") };
    track.append(wait.box);
  }
  track.append(...bars.map((bar) => bar.box), ...texts.map((text) => text.element));
  return { element, track, bars, texts, wait };
}

// What can stand at a bar, the longest first: all of it, what went wrong, the time alone.
function shorter(bar) {
  const parts = bar.text.split(" · ");
  if (bar.failed) return [bar.text, parts.slice(1, -1).join(" · "), parts[1], String(bar.failed)];
  return [bar.text, parts.slice(1).join(" · "), parts.at(-1)];
}

const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();

function widthOf(text, font) {
  const key = font + text;
  if (!widths.has(key)) {
    if (widths.size > 5000) widths.clear();
    pen.font = font;
    widths.set(key, pen.measureText(text).width + 12);
  }
  return widths.get(key);
}

function arrange(lanes, ticks, conversation, now) {
  const pixels = lanes[0]?.track.clientWidth;
  if (!pixels) return;
  const elapsed = now === null ? 0 : Math.max(0, now - conversation.began);
  const style = getComputedStyle(lanes[0].element);
  const font = (loud) => `${loud ? 700 : 450} ${style.fontSize} ${style.fontFamily}`;
  const endOf = (bar) => (bar.in_flight ? Math.max(bar.end, elapsed) : bar.end);
  let until = Math.max(conversation.seconds, elapsed, 0.001);
  // The axis ends late enough for what went wrong to stand beside where it did.
  const latest = lanes.flatMap((lane) => lane.texts.filter((text) => text.loud)).map((text) => {
    const taken = widthOf(text.choices[0], font(true));
    return ((text.bar ? endOf(text.bar) : text.at) * pixels) / Math.max(pixels - taken - 8, pixels * 0.62);
  });
  until = Math.max(until, ...latest);
  const x = (seconds) => (seconds / until) * pixels;
  for (const lane of lanes) {
    for (const bar of lane.wait ? [lane.wait, ...lane.bars] : lane.bars) {
      bar.left = x(bar.start);
      bar.right = Math.max(x(endOf(bar)), bar.left + 3);
      bar.box.style.left = `${bar.left}px`;
      bar.box.style.width = `${bar.right - bar.left}px`;
    }
    const taken = lane.bars.map((bar) => [bar.left, bar.right]);
    for (const text of lane.texts) write(text, taken, pixels, font(text.loud), text.bar ? null : x(text.at));
  }
  scale(ticks, until, pixels);
}

// Puts a text in its bar, or to the right or left of it, in the longest form that has room there.
function write(text, taken, pixels, font, at) {
  const { bar, element } = text;
  const [left, right] = bar ? [bar.left, bar.right] : [at, at];
  for (const choice of text.choices) {
    const width = widthOf(choice, font);
    const inside = bar && !bar.failed && width <= right - left;
    const free = (from) => from >= 0 && from + width <= pixels + 2
      && taken.every(([start, end]) => from + width <= start + 1 || from >= end - 1);
    const from = inside ? left : [right + 1, left - width - 1].find(free);
    if (from === undefined) continue;
    if (!inside) taken.push([from, from + width]);
    if (element.textContent !== choice) element.textContent = printable(choice);
    element.dataset.side = inside ? "in" : "beside";
    element.style.left = `${from}px`;
    element.hidden = false;
    return;
  }
  element.hidden = true; // the caption and the transcript say it
}

function scale(ticks, until, pixels) {
  const rough = (until * Math.max(70, pixels / 9)) / pixels;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const wanted = [];
  for (let tick = 0; tick * pixels < (until * (pixels - 45)); tick += step) wanted.push(tick);
  const key = `${wanted.length}/${step}`;
  if (ticks.dataset.key !== key) {
    ticks.dataset.key = key;
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    ticks.replaceChildren(...wanted.map((tick) => make("span", "", `${tick.toFixed(digits)} s`)));
  }
  [...ticks.children].forEach((tick, n) => (tick.style.left = `${(pixels * wanted[n]) / until}px`));
}

// --- Transcript ----------------------------------------------------------------------------------

export function transcript(conversation) {
  const list = make("ol", "transcript");
  for (const scene of conversation.scenes) {
    if (scene.earlier) list.append(item("…", `${scene.earlier} earlier messages`, "quiet"));
    for (const message of scene.said) list.append(said(message));
    list.append(reply(scene));
  }
  return list;
}

function said(message) {
  if (message.stray) {
    const entry = item("tool result", `✕ unknown id: answers no call (${message.stray})`, "alarm");
    entry.append(make("p", "", message.text));
    return entry;
  }
  const entry = item(message.role, null, message.role);
  if (message.text) entry.append(make("p", "", message.text));
  if (message.calls.length) entry.append(calls(message.calls, "Replayed tool calls"));
  return entry;
}

function reply(scene) {
  const [who, ...rest] = scene.heading.split(", ");
  const entry = item(who, rest.join(", "), scene.alarm ? "alarm" : "model");
  if (scene.refusal) entry.append(make("p", "", scene.refusal));
  if (scene.text) entry.append(make("p", "", scene.text));
  if (scene.calls.length) entry.append(calls(scene.calls, "Tool calls of this turn"));
  return entry;
}

function item(who, note, className) {
  const entry = make("li", className);
  entry.append(make("strong", "", who));
  if (note) entry.append(" ", make("span", "note", note));
  return entry;
}

function calls(list, caption) {
  const table = make("table");
  table.append(make("caption", "hidden", caption));
  const head = table.createTHead().insertRow();
  for (const title of ["tool call", "arguments", "result"]) {
    const cell = make("th", "", title);
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  for (const call of list) {
    const line = body.insertRow();
    const name = make("th", "", call.name);
    name.scope = "row";
    const result = make("td", call.remark ? (call.pending ? "pending" : "alarm") : "");
    if (call.remark) result.append(make("strong", "", call.remark), " ");
    for (const answer of call.answers) {
      if (answer.is_error) result.append(make("strong", "", "! error "));
      result.append(make("span", "", answer.text));
    }
    line.append(name, make("td", "", call.arguments), result);
  }
  return table;
}
