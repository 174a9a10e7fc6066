// What a real sender has: templates and what Meta says of them, the 24-hour window, a clock that can be put on.

import * as desk from "./desk.js";
import { fill, h, span } from "./dom.js";
import { open } from "./forms.js";
import { attempt, state } from "./state.js";

const DAY = 86400;
const SAID = [["approved", "Approve"], ["rejected", "Reject"], ["paused", "Pause"]];
const waits = ({ status }) => status === "received" || status === "pending";
let shown = null;

export function show() {
  const enforced = h("input", { type: "checkbox", onchange: () => attempt(() => desk.enforceWindow(enforced.checked)) });
  const clock = h("small", { role: "status" });
  const all = h("button", { type: "button", onclick: approveAll }, "Approve all that wait");
  const list = h("ul", { onclick: (event) => {
    const button = event.target.closest("button");
    if (button) attempt(() => desk.decide(...button.dataset.act.split(" ")));
  } });
  const dialog = open("Templates and window", h("div.templates", {},
    h("section.window", { "aria-label": "Window" },
      h("label", {}, enforced, " 24-hour window"),
      h("button", { type: "button", title: "Let a day pass", onclick: () => attempt(() => desk.putOnTheClock(DAY)) }, "+24 h"),
      h("p", {}, "Later than 24 hours after somebody's last message only approved templates get through; the rest fails with 63016."),
      clock),
    h("section", { "aria-label": "Templates" }, h("div.acts", {}, all), list)));
  shown = { dialog, enforced, clock, all, list };
  draw();
}

export function draw() {
  if (!shown?.dialog.isConnected) return;
  const { enforced, clock, all, list } = shown;
  enforced.checked = state.window.enforced;
  const ahead = state.window.clock_ahead_seconds;
  clock.textContent = ahead ? `All that was said is ${span(ahead)} older than it was.` : "";
  all.hidden = state.contents.filter(waits).length < 2;
  const sorted = state.contents.toSorted((one, other) =>
    nameOf(one).localeCompare(nameOf(other)) || one.language.localeCompare(other.language));
  fill(list, sorted.length ? sorted.map(item) : h("li.none", {}, "There are no templates yet."));
}

const nameOf = ({ name, friendly_name, sid }) => name || friendly_name || sid;

function item(content) {
  const { sid, language, category, status, rejection_reason, body, actions } = content;
  return h("li", {},
    h("h3", {}, h("bdi", {}, nameOf(content)), " ", h("span.chip", {}, language), category ? h("span.chip", {}, category.toLowerCase()) : null,
      h(`span.chip.${status}`, {}, status)),
    rejection_reason ? h("p.reason", {}, rejection_reason) : null,
    h("p.body", { dir: "auto" }, body),
    actions.length ? h("div.buttons", { role: "group", "aria-label": "Buttons" }, ...actions.map(({ title }) => h("span", { dir: "auto" }, title))) : null,
    status === "unsubmitted" ? h("p.hint", {}, "Not submitted for approval yet.")
      : h("div.acts", {}, ...SAID.map(([to, label]) => act(sid, to, label, `${label} ${nameOf(content)}, ${language}`, to === status))));
}

function act(sid, status, label, name, disabled) {
  const button = h("button", { type: "button", "aria-label": name, disabled }, label);
  button.dataset.act = `${sid} ${status}`;
  return button;
}

async function approveAll() {
  for (const { sid } of state.contents.filter(waits)) if (!await attempt(() => desk.decide(sid, "approved"))) return;
}
