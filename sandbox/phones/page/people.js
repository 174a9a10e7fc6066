// The list of people: who there is, what was said last, what is not read yet.

import { clock, colour, fill, h, initials } from "./dom.js";
import { found, isShown, spoken, state, tell, unread } from "./state.js";

export function drawPeople(roster, count, words) {
  const some = found(words);
  fill(roster, some.map(row));
  count.textContent = some.length ? `${some.length} ${some.length === 1 ? "phone" : "phones"}` : words ? "Nobody of that name" : "";
  return some.map(({ phone }) => phone);
}

function row({ phone, name, role, status }) {
  const last = (spoken.get(phone) ?? []).findLast(isShown);
  const fresh = unread.get(phone);
  const button = h("button", { type: "button", "aria-current": state.open === phone ? "true" : null },
    h(`span.avatar.${colour(phone)}`, { "aria-hidden": "true" }, role === "stranger" ? "?" : initials(name)),
    h("span.said", {}, h("b", {}, name), h("span", { dir: "auto" }, last ? last.text.split("\n")[0].replaceAll("*", "") : standing(role, status))),
    h("span.side", {}, last ? h("time", {}, clock(last.at)) : null,
      fresh ? h("span.unread", { "aria-label": `${fresh} not read` }, String(fresh)) : null));
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
