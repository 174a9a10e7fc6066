// The wall: all phones, in the order of the list of people. One phone is open.

import { h } from "./dom.js";
import { loadSampleData } from "./dialogs.js";
import { drawPeople } from "./people.js";
import { findPeople } from "./finding.js";
import { Phone } from "./phone.js";
import { attempt, markRead, people, select, state } from "./state.js";

const $ = (id) => document.getElementById(id);
export const phones = new Map();
let listed = [];
let due = null;

// Draw within 40 ms, so that several changes are drawn once.
export function drawSoon() {
  due ??= setTimeout(draw, 40);
}

export function draw() {
  clearTimeout(due);
  due = null;
  const words = $("search").value.trim();
  const filter = document.querySelector("#filter :checked").value;
  const match = findPeople(words, filter);
  listed = match.found.map(({ phone }) => phone);
  const elements = people.size ? listed.map((phone) => phoneOf(phone).element) : [emptyWall()];
  const current = [...$("wall").children];
  if (elements.length !== current.length || elements.some((element, n) => element !== current[n])) arrange(elements);
  if (!listed.includes(state.open) && !words && filter === "all" && document.body.classList.contains("ready")) state.open = listed[0] ?? null;
  drawPeople($("roster"), $("count"), match, words, filter);
  markOpen();
}

// Mark the open phone; while it is not among those found, the first of these.
function markOpen() {
  const marked = listed.includes(state.open) ? state.open : listed[0];
  for (const phone of phones.values()) if (phone.isOpen !== (phone.phone === marked)) phone.open(phone.phone === marked);
}

// Make the phone in which the user works the open one.
export function entered(phone) {
  if (state.open === phone) return;
  state.open = phone;
  markOpen();
  drawSoon();
}

// Move to a phone and mark it for a moment, without taking the focus.
export function lookAt(phone) {
  if (!listed.includes(phone)) return;
  if (document.body.dataset.view === "people") document.body.dataset.view = "phone";
  entered(phone);
  const { element } = phones.get(phone);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: still ? "instant" : "smooth" });
  for (const { classList } of $("wall").children) classList.remove("acts-now");
  element.classList.add("acts-now");
}

// What Enter does in the search: select the inspection of the code, else open the first chat.
export function pick() {
  const { found, job } = findPeople($("search").value, document.querySelector("#filter :checked").value);
  if (job) select(job.id);
  else if (found.length) open($("roster").querySelector("button").dataset.phone);
}

export function showEveryone() {
  $("search").value = "";
  document.querySelector("#filter [value=all]").checked = true;
  draw();
  $("search").focus();
}

export function drawHeads() {
  for (const phone of phones.values()) phone.drawHead();
}

export function empty() {
  for (const phone of phones.values()) phone.empty();
}

function phoneOf(phone) {
  if (!phones.has(phone)) phones.set(phone, new Phone(phone));
  return phones.get(phone);
}

// Bring the elements into this order. Move only those in the wrong place; each keeps its scroll position.
function arrange(elements) {
  const wall = $("wall");
  const wanted = new Set(elements);
  for (const child of [...wall.children]) {
    if (wanted.has(child)) continue;
    phones.get(child.dataset.phone)?.saveScroll();
    child.remove();
  }
  elements.forEach((element, n) => {
    if (wall.children[n] === element) return;
    const phone = phones.get(element.dataset.phone);
    if (element.isConnected) phone?.saveScroll();
    wall.insertBefore(element, wall.children[n] ?? null);
    phone?.restoreScroll();
  });
  for (const phone of [...phones.keys()]) if (!people.has(phone)) phones.delete(phone);
}

const loading = h("p.hint.loading", { role: "status" }, "Loading people and messages …");
const demo = h("p.hint.loading", { role: "status" }, "The agents of the demo are about to arrive.");
const emptyWall = () => (!state.peopleFetched ? loading : state.caption.text ? demo : welcome);
const start = h("button.strong", { type: "button", onclick: async () => {
  start.disabled = true;
  await attempt(loadSampleData);
  start.disabled = false;
} }, "Load sample data");
const welcome = h("div.welcome", {}, h("h2", {}, "No agents yet"),
  h("p", {}, "Creates three agents and an inspection through the real API. Then reply YES on two of the phones and see which agent gets the inspection."),
  start);

export function open(phone) {
  state.open = phone;
  document.body.dataset.view = "phone";
  draw();
  phones.get(phone)?.show();
  markRead(phone);
}

export function step(by) {
  const at = listed.indexOf(state.open);
  if (listed.length) open(listed[(at + by + listed.length) % listed.length]);
}
