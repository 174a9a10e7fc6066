// One message on a phone: text, ticks and buttons.

import * as api from "./api.js";
import { clock, formatted, h } from "./dom.js";
import { attempt, emit, isLost, messages } from "./state.js";

// Words that a message asks for, as in "reply *YES K7F3*". Each becomes a button.
const REPLY_WORDS = /\*((?:YES|NO|CONFIRM|BEGIN|COMPLETE|RELEASE|START|STOP)(?: [A-Z][A-Z0-9]{3,5})?)\*/g;
// WhatsApp shows at most three buttons. A message that asks for more words gets no buttons.
const MOST_BUTTONS = 3;

// Return a message as WhatsApp shows it. `phone` is the Phone that quotes and answers the message.
export function bubble(message, phone) {
  const mine = message.direction === "inbound";
  const quoted = message.quoted_sid && messages.get(message.quoted_sid);
  const item = h(`div.bubble.${mine ? "mine" : "theirs"}${isLost(message) ? ".lost" : ""}`, {},
    quoted ? h("blockquote", { dir: "auto" }, quoted.text.split("\n")[0].slice(0, 90)) : null,
    isLost(message) ? h("p.reason", {}, `Not delivered: ${message.status}, ${message.error_code ? `error ${message.error_code}` : "no error code"}`) : null,
    h("p.text", { dir: "auto" }, ...formatted(message.text)),
    h("div.foot", {}, tools(message, phone),
      h("time", { dateTime: message.at }, clock(message.at)), ticks(message, mine)),
    mine ? null : answers(message, phone));
  item.dataset.sid = message.sid;
  return item;
}

function tools(message, phone) {
  return h("span.tools", {},
    h("button", { type: "button", "data-key": `${message.sid} quote`, "aria-label": "Quote this message", title: "Quote this message", onclick: () => phone.quote(message) }, "↩"),
    h("button", { type: "button", "data-key": `${message.sid} details`, "aria-label": "Message details", title: "Message details",
      onclick: () => emit("details", message) }, "i"));
}

// Return the message's own buttons. If it has none, return a button for each word that it asks for.
function answers(message, phone) {
  if (message.actions.length) {
    return isLost(message) ? null : h("div.answers", {}, ...message.actions.map(({ title, payload }) =>
      h("button", { type: "button", dir: "auto", "data-key": `${message.sid} ${title}`,
        onclick: () => phone.write(title, message.sid, { payload, button_text: title, to: message.sender }) }, title)));
  }
  const words = [...new Set([...message.text.matchAll(REPLY_WORDS)].map((found) => found[1]))];
  return words.length && words.length <= MOST_BUTTONS && !isLost(message)
    ? h("div.answers", {}, ...words.map((word) =>
        h("button", { type: "button", "data-key": `${message.sid} ${word}`, onclick: () => phone.write(word, message.sid) }, word)))
    : null;
}

// Return WhatsApp's ticks. For a person's message: whether the desk accepted the webhook. For ours: the delivery status at Twilio.
function ticks(message, mine) {
  if (mine && message.webhook_status === null) return h("span.ticks", { title: "on its way", role: "img", "aria-label": "on its way" }, "🕓");
  if (mine && (message.webhook_status === 0 || message.webhook_status >= 300)) {
    const why = message.webhook_status ? `The webhook answered ${message.webhook_status}` : "The webhook did not answer";
    return h("button.retry", { type: "button", onclick: () => attempt(() => api.redeliver(message)),
      title: `${why}. Deliver the message again.` }, "! Retry");
  }
  const status = mine ? "delivered" : message.status;
  const marks = { sent: "✓", delivered: "✓✓", read: "✓✓", failed: "!", undelivered: "!" }[status] ?? "·";
  return h(`span.ticks.${status}`, { title: status, role: "img", "aria-label": status }, marks);
}
