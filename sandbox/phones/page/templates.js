// The dialog for templates and their approval, the 24-hour window, and the clock.

import * as api from "./api.js";
import { fill, h, span } from "./dom.js";
import { open } from "./dialogs.js";
import { attempt, state } from "./state.js";

const DAY = 86400;
const DECISIONS = [["approved", "Approve"], ["rejected", "Reject"], ["paused", "Pause"]];
const isPending = ({ status }) => status === "received" || status === "pending";
let shown = null;

export function show() {
  const enforced = h("input", { type: "checkbox", onchange: () => attempt(() => api.enforceWindow(enforced.checked)) });
  const clock = h("small", { role: "status" });
  const all = h("button", { type: "button", onclick: approveAll }, "Approve all pending");
  const list = h("ul", { onclick: (event) => {
    const button = event.target.closest("button");
    if (button) attempt(() => api.setTemplateStatus(...button.dataset.decision.split(" ")));
  } });
  const dialog = open("Templates and window", h("div.templates", {},
    h("section.window", { "aria-label": "Window" },
      h("label", {}, enforced, " 24-hour window"),
      h("button", { type: "button", title: "Advance the clock by 24 hours", onclick: () => attempt(() => api.advanceClock(DAY)) }, "+24 h"),
      h("p", {}, "More than 24 hours after a person's last message, only approved templates are delivered. Anything else fails with error 63016."),
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
  clock.textContent = ahead ? `The clock is ${span(ahead)} ahead.` : "";
  all.hidden = state.contents.filter(isPending).length < 2;
  const sorted = state.contents.toSorted((one, other) =>
    nameOf(one).localeCompare(nameOf(other)) || one.language.localeCompare(other.language));
  fill(list, sorted.length ? sorted.map(item) : h("li.none", {}, "No templates yet."));
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
      : h("div.acts", {}, ...DECISIONS.map(([to, label]) => decisionButton(sid, to, label, `${label} ${nameOf(content)}, ${language}`, to === status))));
}

function decisionButton(sid, status, label, name, disabled) {
  const button = h("button", { type: "button", "aria-label": name, disabled }, label);
  button.dataset.decision = `${sid} ${status}`;
  return button;
}

async function approveAll() {
  for (const { sid } of state.contents.filter(isPending)) if (!await attempt(() => api.setTemplateStatus(sid, "approved"))) return;
}
