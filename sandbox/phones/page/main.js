// Puts the page together: phones on the wall, people beside them, the desk below, keys and themes.

import * as desk from "./desk.js";
import { Behind } from "./behind.js";
import { h } from "./dom.js";
import * as forms from "./forms.js";
import { begin, turn } from "./frame.js";
import { drawPeople, listenTo } from "./people.js";
import { Phone } from "./phone.js";
import * as store from "./state.js";

const $ = (id) => document.getElementById(id);
const phones = new Map();
const behind = new Behind($("columns"));
let listed = [];
let ready = false;

// The wall.

function drawWall() {
  listed = drawPeople($("roster"), $("count"), $("search").value);
  const wanted = listed.map((phone) => phones.get(phone) ?? phones.set(phone, new Phone(phone)).get(phone));
  const elements = wanted.map(({ element }) => element);
  const standing = [...$("wall").children];
  if (elements.length !== standing.length || elements.some((element, n) => element !== standing[n])) arrange(elements);
  for (const phone of wanted) phone.drawHead();
  if (!store.people.size) $("wall").replaceChildren(welcome());
  if (!store.state.open && ready) store.state.open = listed[0] ?? null;
  markOpen();
}

// Put the elements into this order, touching only those that are elsewhere: the one with the focus keeps it.
function arrange(elements) {
  const wall = $("wall");
  for (const child of [...wall.children]) if (!elements.includes(child)) child.remove();
  elements.forEach((element, n) => {
    if (wall.children[n] !== element) wall.insertBefore(element, wall.children[n] ?? null);
  });
  for (const phone of phones.values()) phone.log.scrollTop = phone.log.scrollHeight;
}

function welcome() {
  const start = h("button.strong", { type: "button", onclick: async () => {
    start.disabled = true;
    await store.attempt(forms.setTheScene);
  } }, "Set the scene");
  return h("div.welcome", {}, h("h2", {}, "Nobody is here yet"),
    h("p", {}, "Three agents and a first inspection, through the real API. Then answer YES on two of the phones, and see who gets it."),
    start);
}

function markOpen() {
  for (const { element, phone } of phones.values()) element.classList.toggle("is-open", phone === store.state.open);
}

function openPhone(phone, andType = true) {
  store.state.open = phone;
  document.body.dataset.view = "phone";
  drawWall();
  const shown = phones.get(phone);
  if (shown) {
    shown.element.scrollIntoView({ block: "nearest", inline: "nearest" });
    shown.log.scrollTop = shown.log.scrollHeight;
    if (andType) shown.box.focus({ preventScroll: true });
  }
  store.readAll(phone);
}

function step(by) {
  const at = listed.indexOf(store.state.open);
  if (listed.length) openPhone(listed[(at + by + listed.length) % listed.length]);
}

// What happens.

let due = null;
function soon() {
  due ??= setTimeout(async () => { due = null; await refresh(); }, 150);
}

// One round of questions at a time; whoever asks for the people meanwhile gets them in the next one.
let under = false;
let wanted = false;
async function refresh(people = false) {
  wanted ||= people;
  if (under) return;
  under = true;
  try {
    if (wanted) await store.refreshPeople();
    wanted = false;
    await store.refreshJobs();
    await behind.refresh();
    notice("");
  } catch (error) {
    notice(error.message);
  } finally {
    under = false;
  }
}

function notice(text) {
  $("notice").textContent = text;
}

function sayFor(text, ms = 5000) {
  notice(text);
  setTimeout(() => notice(""), ms);
}

store.on("messages", (changed, messages) => {
  for (const phone of changed) phones.get(phone)?.update(messages);
  drawWall();
  wanted ||= [...changed].some((phone) => store.people.get(phone)?.role === "stranger");
  soon();
});
store.on("cleared", () => { phones.clear(); $("wall").replaceChildren(); drawWall(); });
store.on("faults", () => { for (const phone of phones.values()) phone.drawHead(); });
store.on("people", drawWall);
store.on("unread", drawWall);
store.on("jobs", () => behind.draw());
store.on("open", (phone) => openPhone(phone));
store.on("back", () => { document.body.dataset.view = "people"; });
store.on("changed", () => refresh(true));
store.on("notice", sayFor);
store.on("inspect", (message) => store.attempt(() => forms.inspect(message)));
store.on("why", (phone) => store.attempt(() => forms.why(phone)));
store.on("act", (act, job) => store.attempt(async () => { await ACTS[act](job); await refresh(); }));
store.on("caption", (text) => { $("caption").textContent = text; });
store.on("live", () => { $("live").textContent = store.state.live ? "live" : "connecting…"; $("live").classList.toggle("on", store.state.live); });

const ACTS = {
  cancel: (job) => desk.post(`/api/jobs/${job.id}/cancel`, { reason: "Called off on the phones page" }),
  release: (job) => desk.post(`/api/jobs/${job.id}/release`, { reason: "Released on the phones page" }),
  move: (job) => {
    const [hour, minute] = job.inspection_time.split(":");
    return desk.put(`/api/jobs/${job.id}`, { inspection_time: `${String((Number(hour) + 1) % 24).padStart(2, "0")}:${minute}` });
  },
};

// Tools.

$("new-agent").addEventListener("click", forms.newAgent);
$("new-inspection").addEventListener("click", forms.newInspection);
$("keys").addEventListener("click", forms.keys);
$("theme").addEventListener("click", turn);
$("search").addEventListener("input", drawWall);
listenTo($("roster"));
for (const button of $("tabs").children) {
  button.addEventListener("click", () => { document.body.dataset.view = button.dataset.to; soon(); });
}

const KEYS = { "/": () => $("search").focus(), a: forms.newAgent, i: forms.newInspection, "[": () => step(-1), "]": () => step(1),
  b: () => document.body.classList.toggle("without-behind"), d: turn, "?": forms.keys };

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.activeElement?.blur?.();
  const typing = event.target.closest("input, textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.switches[open]")) if (!open.contains(event.target)) open.open = false;
});

// Begin.

begin();
const facts = await desk.meet();
$("docs").href = `${facts.api}/docs`;
if (facts.flower) Object.assign($("flower"), { href: facts.flower, hidden: false });
store.listen();
await refresh(true);
ready = true;
drawWall();
document.body.classList.add("ready");
let ticks = 0;
setInterval(() => document.hidden || refresh(ticks++ % 4 === 0), 1000);
