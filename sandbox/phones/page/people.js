// The list of people: who there is, what was said last, what is not read yet.

import { clock, colour, h, initials } from "./dom.js";
import { found, isShown, spoken, state, tell, unread } from "./state.js";

const rows = new Map();  // phone -> {shows, element}

// Draw the list; a row that is to look as before stays as it is, and one with the focus keeps it.
export function drawPeople(roster, count, words) {
  const some = found(words);
  const elements = some.map(rowOf);
  const standing = [...roster.children];
  if (elements.length !== standing.length || elements.some((element, n) => element !== standing[n])) {
    const focused = roster.contains(document.activeElement) ? document.activeElement.dataset.phone : null;
    roster.replaceChildren(...elements);
    if (focused) rows.get(focused)?.element.firstChild.focus({ preventScroll: true });
  }
  count.textContent = some.length ? `${some.length} ${some.length === 1 ? "phone" : "phones"}` : words ? "Nobody of that name" : "";
  return some.map(({ phone }) => phone);
}

function rowOf(person) {
  const last = (spoken.get(person.phone) ?? []).findLast(isShown);
  const fresh = unread.get(person.phone) ?? 0;
  const shows = [person.name, person.role, person.status, last?.sid, fresh, state.open === person.phone].join("|");
  const known = rows.get(person.phone);
  if (known?.shows === shows) return known.element;
  const element = row(person, last, fresh);
  rows.set(person.phone, { shows, element });
  return element;
}

function row({ phone, name, role, status }, last, fresh) {
  const button = h("button", { type: "button", "aria-current": state.open === phone ? "true" : null },
    h(`span.avatar.${colour(phone)}`, { "aria-hidden": "true" }, role === "stranger" ? "?" : initials(name)),
    h("span.said", {}, h("b", { dir: "auto" }, name),
      h("span", { dir: "auto" }, last ? last.text.split("\n")[0].replaceAll("*", "") : standing(role, status))),
    h("span.side", {}, last ? h("time", {}, clock(last.at)) : null,
      fresh ? h("span.unread", { role: "img", "aria-label": `${fresh} not read` }, String(fresh)) : null));
  button.dataset.phone = phone;
  return h("li", {}, button);
}

const standing = (role, status) => (status && status !== "active" ? `${role}, ${status}` : role);

export function listenTo(roster) {
  roster.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) tell("open", button.dataset.phone);
  });
}
