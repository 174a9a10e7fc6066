// Asks before an action of the platform that sends messages to people: who gets a message, and go on or not.

import * as api from "./api.js";
import { open } from "./dialogs.js";
import { h } from "./dom.js";
import { pagesOf } from "./polling.js";
import { people } from "./state.js";

const nameOf = (phone) => people.get(phone)?.name ?? phone;
const agentOf = (job) => (job.assigned_agent ? `${nameOf(job.assigned_agent)}, the agent` : null);
const clientOf = (job) => `${job.client_details.name}, the client`;
const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

// For each action: the question, the button that goes on, the button that does not, and who gets a message.
const QUESTIONS = {
  cancel: { question: (job) => `Cancel inspection ${job.code}?`, yes: "Cancel the inspection", no: "Keep it",
    concerned: (job, offers) => [clientOf(job), agentOf(job) ?? withAnOffer(offers)] },
  release: { question: (job) => `Take inspection ${job.code} from ${nameOf(job.assigned_agent)}?`, yes: "Release it", no: "Leave it",
    concerned: (job) => [agentOf(job), newlyAsked(job.assigned_agent)] },
  move: { question: (job) => `Move inspection ${job.code} by one hour?`, yes: "Move it", no: "Leave it",
    concerned: (job) => (job.assigned_agent ? [agentOf(job), clientOf(job)] : [newlyAsked(null)]) },
};

// Return those who have an unanswered offer.
function withAnOffer(offers) {
  const open = offers.filter((offer) => offer.closed_at === null).length;
  return open ? `${count(open, "agent")} with an open offer` : null;
}

// Return the active agents, who get the offer again.
function newlyAsked(but) {
  const asked = [...people.values()].filter(({ phone, role, status }) => role === "agent" && status === "active" && phone !== but);
  return asked.length ? `${count(asked.length, "agent")}, who get a new offer` : null;
}

// Ask whether to do this to an inspection, as it is now. Return true or false. If nobody gets a message, do not ask.
export async function ask(action, { id }) {
  const { question, yes, no, concerned } = QUESTIONS[action];
  const [job, offers] = await Promise.all([api.get(`/api/jobs/${id}`), pagesOf(`/api/jobs/${id}/offers`, 10)]);
  const who = concerned(job, offers).filter(Boolean);
  if (!who.length) return true;
  return new Promise((resolve) => {
    let answer = false;
    const decide = (value) => () => { answer = value; dialog.close(); };
    const keep = h("button", { type: "button", onclick: decide(false) }, no);
    const dialog = open(question(job), h("div.question", {},
      h("p", { id: "who" }, "These people get a message on WhatsApp:"), h("ul", {}, who.map((each) => h("li", { dir: "auto" }, each))),
      h("div.acts", {}, keep, h("button.danger", { type: "button", onclick: decide(true) }, yes))));
    dialog.setAttribute("role", "alertdialog");
    dialog.setAttribute("aria-describedby", "who");
    dialog.classList.add("small");
    dialog.addEventListener("close", () => resolve(answer));
    keep.focus();
  });
}
