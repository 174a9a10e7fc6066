// The wall: everybody's phone, in the order of the list; one of them is open.

import { h } from "./dom.js";
import { setTheScene } from "./forms.js";
import { drawPeople } from "./people.js";
import { Phone } from "./phone.js";
import { attempt, people, readAll, state } from "./state.js";

const $ = (id) => document.getElementById(id);
export const phones = new Map();
let listed = [];
let due = null;

// Draw soon: whatever changes within a moment is drawn at once.
export function drawSoon() {
  due ??= setTimeout(draw, 40);
}

export function draw() {
  clearTimeout(due);
  due = null;
  listed = drawPeople($("roster"), $("count"), $("search").value);
  const elements = people.size ? listed.map((phone) => the(phone).element) : [welcome];
  const standing = [...$("wall").children];
  if (elements.length !== standing.length || elements.some((element, n) => element !== standing[n])) arrange(elements);
  if (!listed.includes(state.open) && !$("search").value && document.body.classList.contains("ready")) state.open = listed[0] ?? null;
  for (const { element, phone } of phones.values()) element.classList.toggle("is-open", phone === state.open);
}

export function drawHeads() {
  for (const phone of phones.values()) phone.drawHead();
}

export function empty() {
  for (const phone of phones.values()) phone.empty();
}

function the(phone) {
  if (!phones.has(phone)) phones.set(phone, new Phone(phone));
  return phones.get(phone);
}

// Put the elements into this order, touching only those that are elsewhere; each stays where it was scrolled to.
function arrange(elements) {
  const wall = $("wall");
  const wanted = new Set(elements);
  for (const child of [...wall.children]) {
    if (wanted.has(child)) continue;
    phones.get(child.dataset.phone)?.leave();
    child.remove();
  }
  elements.forEach((element, n) => {
    if (wall.children[n] === element) return;
    const phone = phones.get(element.dataset.phone);
    if (element.isConnected) phone?.leave();
    wall.insertBefore(element, wall.children[n] ?? null);
    phone?.come();
  });
  for (const phone of [...phones.keys()]) if (!people.has(phone)) phones.delete(phone);
}

const start = h("button.strong", { type: "button", onclick: async () => {
  start.disabled = true;
  await attempt(setTheScene);
  start.disabled = false;
} }, "Set the scene");
const welcome = h("div.welcome", {}, h("h2", {}, "Nobody is here yet"),
  h("p", {}, "Three agents and a first inspection, through the real API. Then answer YES on two of the phones, and see who gets it."),
  start);

export function open(phone) {
  state.open = phone;
  document.body.dataset.view = "phone";
  draw();
  phones.get(phone)?.show();
  readAll(phone);
}

export function step(by) {
  const at = listed.indexOf(state.open);
  if (listed.length) open(listed[(at + by + listed.length) % listed.length]);
}
