// The list of people: name, last message, number of unread messages.

import { clock, colour, h, initials } from "./dom.js";
import { conversations, emit, isShown, searchPeople, state, unread } from "./state.js";

const rows = new Map();  // phone -> {shows, element}

// Draw the list. Move or redraw only rows that changed: a pressed button must stay in place until it is released.
export function drawPeople(roster, count, words) {
  const matches = searchPeople(words);
  const elements = matches.map(rowOf);
  const wanted = new Set(elements);
  const focused = roster.contains(document.activeElement) ? document.activeElement : null;
  for (const child of [...roster.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, n) => {
    if (roster.children[n] !== element) roster.insertBefore(element, roster.children[n] ?? null);
  });
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  count.textContent = matches.length ? `${matches.length} ${matches.length === 1 ? "phone" : "phones"}` : words ? "No matches" : "";
  return matches.map(({ phone }) => phone);
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

// Open a chat when a press starts and ends on its row. The browser fires no click if the row was redrawn in between.
export function handleClicks(roster) {
  const phoneUnder = (event) => event.target.closest("button")?.dataset.phone;
  let pressed = null;
  roster.addEventListener("pointerdown", (event) => { pressed = event.button === 0 ? phoneUnder(event) : null; });
  roster.addEventListener("pointerup", (event) => { if (pressed && phoneUnder(event) === pressed) emit("open", pressed); });
  roster.addEventListener("click", (event) => { if (event.detail === 0 && phoneUnder(event)) emit("open", phoneUnder(event)); });  // keyboard
}
