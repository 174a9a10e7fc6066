// The dialog for templates and their approval, the 24-hour window, and the clock.

import * as api from "./api.js";
import { fill, h, span } from "./dom.js";
import { open } from "./dialogs.js";
import { rove } from "./roving.js";
import { attempt, state } from "./state.js";

const DAY = 86400;
const DECISIONS = [["approved", "Approve"], ["rejected", "Reject"], ["paused", "Pause"]];
const isPending = ({ status }) => status === "received" || status === "pending";
let shown = null;

export function show() {
  const enforced = h("input", { type: "checkbox", onchange: () => attempt(() => api.enforceWindow(enforced.checked)) });
  const clock = h("small", { role: "status" });
  const all = h("button", { type: "button", onclick: async () => {
    all.disabled = true;
    await attempt(() => api.decideTemplates("approved"));
    all.disabled = false;
  } }, "Approve all pending");
  const progress = h("progress", { id: "approved-templates" });
  const decided = h("label", { htmlFor: "approved-templates" });
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
    h("section", { "aria-label": "Templates" }, h("div.acts.approval", {}, progress, decided, all), list)));
  rove(list, "button");
  shown = { dialog, enforced, clock, all, list, progress, decided };
  draw();
}

export function draw() {
  if (!shown?.dialog.isConnected) return;
  const { enforced, clock, all, list, progress, decided } = shown;
  enforced.checked = state.window.enforced;
  const ahead = state.window.clock_ahead_seconds;
  clock.textContent = ahead ? `The clock is ${span(ahead)} ahead.` : "";
  drawApproval(all, progress, decided);
  const sorted = state.contents.toSorted((one, other) =>
    nameOf(one).localeCompare(nameOf(other)) || one.language.localeCompare(other.language));
  fill(list, sorted.length ? sorted.map(item) : h("li.none", {}, h("p", {}, "No templates yet. All messages are free text, and no approval is needed. To try templates, push those of the desk:"),
    h("pre", { tabIndex: 0 }, ". .data/desk.env; .venv/bin/flask --app wsgi templates push")));
}

// Show how many of the submitted templates are approved, and how many are not.
function drawApproval(all, progress, decided) {
  const submitted = state.contents.filter(({ status }) => status !== "unsubmitted");
  const approved = submitted.filter(({ status }) => status === "approved").length;
  const waiting = submitted.filter(isPending).length;
  const other = submitted.length - approved - waiting;
  all.hidden = waiting < 2;
  progress.hidden = decided.hidden = !submitted.length;
  Object.assign(progress, { max: Math.max(1, submitted.length), value: approved });
  decided.textContent = [`${approved} of ${submitted.length} approved`, waiting ? `${waiting} pending` : null, other ? `${other} rejected or paused` : null]
    .filter(Boolean).join(", ");
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
