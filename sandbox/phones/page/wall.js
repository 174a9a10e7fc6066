// The wall: all phones, in the order of the list of people. One phone is open.

import { h } from "./dom.js";
import { loadSampleData } from "./dialogs.js";
import { drawPeople } from "./people.js";
import { Phone } from "./phone.js";
import { attempt, markRead, people, state } from "./state.js";

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
  listed = drawPeople($("roster"), $("count"), $("search").value);
  const elements = people.size ? listed.map((phone) => phoneOf(phone).element) : [welcome];
  const current = [...$("wall").children];
  if (elements.length !== current.length || elements.some((element, n) => element !== current[n])) arrange(elements);
  if (!listed.includes(state.open) && !$("search").value && document.body.classList.contains("ready")) state.open = listed[0] ?? null;
  for (const { element, phone } of phones.values()) element.classList.toggle("is-open", phone === state.open);
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
