// The list of people: name, last message, number of unread messages.

import { clock, colour, h, initials } from "./dom.js";
import { byLatest } from "./finding.js";
import { conversations, emit, isShown, jobs, state, unread } from "./state.js";

const rows = new Map();  // phone -> {shows, element}
let pressed = null;      // the phone of the row under a pressed pointer
let order = [];          // the phones as drawn

// Draw the list, the person with the newest message first. Nobody changes places while a row is pressed.
// Move or redraw only rows that changed.
export function drawPeople(roster, count, { found, job }, words, filter) {
  const sorted = pressed ? found.toSorted((one, other) => placeOf(one) - placeOf(other)) : byLatest(found);
  order = sorted.map(({ phone }) => phone);
  const elements = found.length || !state.peopleFetched ? sorted.map(rowOf) : [nobody(words, filter)].filter(Boolean);
  const wanted = new Set(elements);
  const focused = roster.contains(document.activeElement) ? document.activeElement : null;
  for (const child of [...roster.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, n) => {
    if (roster.children[n] !== element) roster.insertBefore(element, roster.children[n] ?? null);
  });
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  const text = found.length ? `${found.length} ${found.length === 1 ? "phone" : "phones"}${job ? ` of inspection ${job.code}` : ""}` : words ? "No matches" : "";
  if (count.textContent !== text) count.textContent = text;
}

function placeOf({ phone }) {
  const at = order.indexOf(phone);
  return at < 0 ? order.length : at;
}

function rowOf(person) {
  const last = (conversations.get(person.phone) ?? []).findLast(isShown);
  const fresh = unread.get(person.phone) ?? 0;
  const shows = [person.name, person.role, person.status, last?.sid, fresh, state.open === person.phone].join("|");
  const known = rows.get(person.phone) ?? { element: h("li", {}, h("button", { type: "button" })) };
  if (known.shows === shows) return known.element;
  fill(known.element.firstChild, person, last, fresh);
  rows.set(person.phone, { ...known, shows });
  return known.element;
}

function fill(button, { phone, name, role, status }, last, fresh) {
  button.dataset.phone = phone;
  if (state.open === phone) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  button.replaceChildren(
    h(`span.avatar.${colour(phone)}`, { "aria-hidden": "true" }, role === "stranger" ? "?" : initials(name)),
    h("span.summary", {}, h("b", { dir: "auto" }, name),
      h("span", { dir: "auto" }, last ? last.text.split("\n")[0].replaceAll("*", "") : roleAndStatus(role, status))),
    h("span.side", {}, ...[last ? h("time", {}, clock(last.at)) : null,
      fresh ? h("span.unread", { role: "img", "aria-label": `${fresh} unread` }, String(fresh)) : null].filter(Boolean)));
}

const roleAndStatus = (role, status) => (status && status !== "active" ? `${role}, ${status}` : role);

// Return the row of an empty list: why it is empty, and a button for what to do. The row stays the same while nothing changes.
let none = null;
function nobody(words, filter) {
  const code = jobs.get(state.job)?.code;
  const everyone = ["Show everyone", () => emit("everyone")];
  const [why, [title, act]] = words ? [`Nobody matches “${words.trim()}”. The search finds names, numbers and codes of inspections.`, everyone]
    : filter === "clients" ? ["No clients yet. A client comes with an inspection.", ["New inspection", () => emit("new", "inspection")]]
    : filter === "job" ? [code ? `Nobody has a message about ${code} yet.` : "No inspections yet.", code ? everyone : ["New inspection", () => emit("new", "inspection")]]
    : ["No agents yet.", ["New agent", () => emit("new", "agent")]];
  if (none?.dataset.why !== why) {
    none = h("li.none", {}, h("p", {}, why), h("button", { type: "button", onclick: act }, title));
    none.dataset.why = why;
  }
  return none;
}

// Open a chat when a press starts and ends on its row. The browser fires no click if the row was redrawn in between.
export function handleClicks(roster) {
  const phoneUnder = (event) => event.target.closest("button")?.dataset.phone;
  roster.addEventListener("pointerdown", (event) => { pressed = event.button === 0 ? phoneUnder(event) : null; });
  roster.addEventListener("pointerup", (event) => { if (pressed && phoneUnder(event) === pressed) emit("open", pressed); });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressed = null; });
  roster.addEventListener("click", (event) => { if (event.detail === 0 && phoneUnder(event)) emit("open", phoneUnder(event)); });  // keyboard
}
