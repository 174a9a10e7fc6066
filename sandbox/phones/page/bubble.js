// One message on a phone: its text, its ticks, what can be done with it.

import * as desk from "./desk.js";
import { clock, formatted, h } from "./dom.js";
import { attempt, isLost, messages, tell } from "./state.js";

// Words that we ask to be answered with: each becomes a button. As in "reply *YES K7F3*".
const ASKED = /\*((?:YES|NO|CONFIRM|BEGIN|COMPLETE|RELEASE|START|STOP)(?: [A-Z][A-Z0-9]{3,5})?)\*/g;
// WhatsApp shows no more beside a message; a longer list is only told.
const MOST_BUTTONS = 3;

// A message as the messenger shows it; `phone` quotes it and answers it.
export function bubble(message, phone) {
  const mine = message.direction === "inbound";
  const quoted = message.quoted_sid && messages.get(message.quoted_sid);
  const item = h(`div.bubble.${mine ? "mine" : "theirs"}${isLost(message) ? ".lost" : ""}`, {},
    quoted ? h("blockquote", { dir: "auto" }, quoted.text.split("\n")[0].slice(0, 90)) : null,
    isLost(message) ? h("p.reason", {}, `Never arrived: ${message.status}, ${message.error_code ?? "no code"}`) : null,
    h("p.text", { dir: "auto" }, ...formatted(message.text)),
    h("div.foot", {}, tools(message, phone),
      h("time", { dateTime: message.at }, clock(message.at)), ticks(message, mine)),
    mine ? null : answers(message, phone));
  item.dataset.sid = message.sid;
  return item;
}

function tools(message, phone) {
  return h("span.tools", {},
    h("button", { type: "button", "aria-label": "Quote it", title: "Quote it", onclick: () => phone.quote(message) }, "↩"),
    h("button", { type: "button", "aria-label": "What the desk has on record of it", title: "On record",
      onclick: () => tell("inspect", message) }, "i"));
}

// Buttons that came with the message, else the words that it asks to be answered with.
function answers(message, phone) {
  if (message.actions.length) {
    return isLost(message) ? null : h("div.answers", {}, ...message.actions.map(({ title, payload }) =>
      h("button", { type: "button", dir: "auto",
        onclick: () => phone.say(title, message.sid, { payload, button_text: title, to: message.sender }) }, title)));
  }
  const words = [...new Set([...message.text.matchAll(ASKED)].map((found) => found[1]))];
  return words.length && words.length <= MOST_BUTTONS && !isLost(message)
    ? h("div.answers", {}, ...words.map((word) =>
        h("button", { type: "button", onclick: () => phone.say(word, message.sid) }, word)))
    : null;
}

// The ticks of the messenger: for what a person wrote, whether the desk has it; for ours, what Twilio tells of it.
function ticks(message, mine) {
  if (mine && message.webhook_status === null) return h("span.ticks", { title: "on its way", role: "img", "aria-label": "on its way" }, "🕓");
  if (mine && (message.webhook_status === 0 || message.webhook_status >= 300)) {
    const why = message.webhook_status ? `The webhook answered ${message.webhook_status}` : "Nobody answered at the webhook";
    return h("button.again", { type: "button", onclick: () => attempt(() => desk.sayAgain(message)),
      title: `${why}; let Twilio deliver it once more` }, "! again");
  }
  const status = mine ? "delivered" : message.status;
  const marks = { sent: "✓", delivered: "✓✓", read: "✓✓", failed: "!", undelivered: "!" }[status] ?? "·";
  return h(`span.ticks.${status}`, { title: status, role: "img", "aria-label": status }, marks);
}
