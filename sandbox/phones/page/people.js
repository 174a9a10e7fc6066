// The list of people: who there is, what was said last, what is not read yet.

import { clock, colour, h, initials } from "./dom.js";
import { found, isShown, spoken, state, tell, unread } from "./state.js";

const rows = new Map();  // phone -> {shows, element}

// Draw the list, touching only what is elsewhere or looks different: a press must not lose the button under it.
export function drawPeople(roster, count, words) {
  const some = found(words);
  const elements = some.map(rowOf);
  const wanted = new Set(elements);
  const focused = roster.contains(document.activeElement) ? document.activeElement : null;
  for (const child of [...roster.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, n) => {
    if (roster.children[n] !== element) roster.insertBefore(element, roster.children[n] ?? null);
  });
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  count.textContent = some.length ? `${some.length} ${some.length === 1 ? "phone" : "phones"}` : words ? "Nobody of that name" : "";
  return some.map(({ phone }) => phone);
}

function rowOf(person) {
  const last = (spoken.get(person.phone) ?? []).findLast(isShown);
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
    h("span.said", {}, h("b", { dir: "auto" }, name),
      h("span", { dir: "auto" }, last ? last.text.split("\n")[0].replaceAll("*", "") : standing(role, status))),
    h("span.side", {}, ...[last ? h("time", {}, clock(last.at)) : null,
      fresh ? h("span.unread", { role: "img", "aria-label": `${fresh} not read` }, String(fresh)) : null].filter(Boolean)));
}

const standing = (role, status) => (status && status !== "active" ? `${role}, ${status}` : role);

// A press is what begins and ends on one chat: a browser makes no click of it when the row was drawn anew meanwhile.
export function listenTo(roster) {
  const under = (event) => event.target.closest("button")?.dataset.phone;
  let pressed = null;
  roster.addEventListener("pointerdown", (event) => { pressed = event.button === 0 ? under(event) : null; });
  roster.addEventListener("pointerup", (event) => { if (pressed && under(event) === pressed) tell("open", pressed); });
  roster.addEventListener("click", (event) => { if (event.detail === 0 && under(event)) tell("open", under(event)); });  // keys
}
