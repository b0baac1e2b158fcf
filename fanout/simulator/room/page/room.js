// The wall of a room: one card a client, moved by the server's events.
import { make, timeline, transcript } from "./draw.js";

const wall = document.getElementById("wall");
const empty = document.getElementById("empty");
const counts = document.getElementById("counts");
const link = document.getElementById("link");
const stage = document.getElementById("stage");
const stageBody = document.getElementById("stage-body");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const clients = new Map(); // label → {card, element, parts}
let ahead = 0; // the room's clock minus this page's, in seconds
let onStage = null;
let announced = "";

const clock = () => performance.now() / 1000 + ahead;

// --- News ----------------------------------------------------------------------------------------

function listen() {
  const source = new EventSource("/fanout/events");
  source.addEventListener("there", (event) => {
    const there = new Set(read(event));
    for (const label of [...clients.keys()]) if (!there.has(label)) drop(label);
    settle("live");
  });
  source.addEventListener("card", (event) => {
    const card = read(event);
    if (card) show(card);
    settle("live");
  });
  source.addEventListener("gone", (event) => {
    drop(read(event));
    settle("live");
  });
  source.onerror = () => {
    settle(source.readyState === EventSource.CLOSED ? "closed" : "lost");
    if (source.readyState === EventSource.CLOSED) setTimeout(again, 1500);
  };
}

// The room answered, and not with news. Started again with another key, it lets nobody in without it.
async function again() {
  const answer = await fetch("/").catch(() => null);
  if (answer?.status === 401) location.reload();
  else listen();
}

function read(event) {
  const { now, data } = JSON.parse(event.data);
  ahead = now - performance.now() / 1000;
  return data;
}

function settle(state) {
  const words = { live: "live", lost: "connection lost, trying again", closed: "no connection" };
  if (link.dataset.state !== state) {
    link.dataset.state = state;
    link.textContent = words[state];
  }
  const many = clients.size;
  wall.hidden = many === 0;
  empty.hidden = many > 0;
  wall.dataset.size = many <= 1 ? "one" : many <= 4 ? "few" : many <= 12 ? "some" : "many";
  const sum = (name) => [...clients.values()].reduce((total, { card }) => total + card[name], 0);
  const text = many
    ? `${number(many, "client")} · ${number(sum("round_trips"), "round trip")} · ${number(sum("calls"), "tool call")}`
    : "";
  if (text !== announced) counts.textContent = announced = text;
}

const number = (count, thing) => `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;

// --- Cards ---------------------------------------------------------------------------------------

function show(card) {
  let client = clients.get(card.client);
  if (!client) {
    client = { element: make("article", "card"), parts: [] };
    const title = make("h2");
    const open = make("button", "open", card.client);
    open.type = "button";
    open.title = "Show large";
    open.addEventListener("click", () => enter(card.client));
    title.append(open);
    client.state = make("p", "state");
    client.body = make("div", "body");
    client.element.append(title, client.state, client.body);
    client.element.addEventListener("click", (event) => {
      if (event.target.closest("button, .transcript") === null && !getSelection().toString()) enter(card.client);
    });
    clients.set(card.client, client);
    wall.append(client.element);
    sizes.observe(client.body);
  }
  client.card = card;
  const [newest] = card.conversations;
  client.parts = newest ? fill(client.body, [newest]) : [];
  client.element.classList.toggle("busy", card.busy);
  client.element.classList.toggle("wrong", Boolean(newest?.status));
  if (onStage === card.client) perform();
}

// A chart is laid out in pixels: again for every new width, as when another card has come. Whoever
// read the end of a transcript still does.
const sizes = new ResizeObserver((seen) => {
  const bodies = new Set(seen.map((entry) => entry.target));
  for (const { body, parts } of clients.values()) {
    if (!bodies.has(body)) continue;
    parts.forEach((part) => part.update(clock()));
    const list = body.querySelector(".transcript");
    if (list && !list.left) list.scrollTop = list.scrollHeight;
  }
});

// Puts conversations into a body, without losing where a reader had scrolled to.
function fill(body, conversations) {
  const old = body.querySelector(".transcript");
  const left = Boolean(old?.left);
  const top = old?.scrollTop ?? 0;
  const page = body.scrollTop;
  const parts = [];
  body.replaceChildren(
    ...conversations.map((conversation) => {
      const section = make("section", "conversation");
      if (conversation.trouble) {
        section.append(make("p", "quiet", conversation.trouble));
        return section;
      }
      const drawn = timeline(conversation);
      parts.push(drawn);
      section.append(drawn.element, transcript(conversation));
      return section;
    }),
  );
  const list = body.querySelector(".transcript");
  if (list) {
    list.left = left; // whether a reader has scrolled away from its end
    list.scrollTop = left ? top : list.scrollHeight;
    list.addEventListener("scroll", () => (list.left = list.scrollTop + list.clientHeight < list.scrollHeight - 24));
  }
  body.scrollTop = page;
  parts.forEach((part) => part.update(clock()));
  return parts;
}

function drop(label) {
  clients.get(label)?.element.remove();
  clients.delete(label);
  if (onStage === label) stage.close();
}

function stateOf(card) {
  if (card.busy) return "working";
  const failed = card.conversations[0]?.status;
  return failed ? `✕ ${failed} · ${agoOf(card)}` : agoOf(card);
}

function agoOf(card) {
  const ago = Math.max(0, clock() - card.last);
  const many = wall.dataset.size === "many";
  if (ago < 5) return many ? "now" : "just now";
  const rough = ago < 60 ? `${Math.floor(ago / 5) * 5} s` : ago < 3600 ? `${Math.floor(ago / 60)} min` : `${Math.floor(ago / 3600)} h`;
  return many ? rough : `${rough} ago`;
}

// --- One client, large ---------------------------------------------------------------------------

let stageParts = [];

function enter(label) {
  onStage = label;
  if (!stage.open) stage.showModal();
  perform();
  stageBody.scrollTop = 0;
  stageBody.focus();
}

function perform() {
  const client = clients.get(onStage);
  if (!client) return;
  document.getElementById("stage-name").textContent = onStage;
  stageParts = fill(stageBody, client.card.conversations);
}

function walk(step) {
  const labels = [...clients.keys()];
  enter(labels[(labels.indexOf(onStage) + step + labels.length) % labels.length]);
}

stage.addEventListener("close", () => {
  const button = clients.get(onStage)?.element.querySelector("button");
  onStage = null;
  stageParts = [];
  button?.focus();
});
document.getElementById("close").addEventListener("click", () => stage.close());
document.getElementById("before").addEventListener("click", () => walk(-1));
document.getElementById("after").addEventListener("click", () => walk(1));
stage.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") walk(-1);
  if (event.key === "ArrowRight") walk(1);
});

new ResizeObserver(() => stageParts.forEach((part) => part.update(clock()))).observe(stageBody);

// --- The clock -----------------------------------------------------------------------------------

let told = 0;

function tick() {
  const now = clock();
  for (const { parts } of clients.values()) parts.forEach((part) => part.running && part.update(now));
  stageParts.forEach((part) => part.running && part.update(now));
  if (now - told > 0.5) {
    told = now;
    for (const { state, card } of clients.values()) say(state, stateOf(card));
    if (onStage) say(stage.querySelector(".state"), stateOf(clients.get(onStage).card));
  }
  setTimeout(() => requestAnimationFrame(tick), calm.matches ? 1000 : 60);
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

listen();
tick();
