// One phone: conversation, message box, and switches to simulate problems.

import * as api from "./api.js";
import { bubble } from "./bubble.js";
import { colour, dayAndTime, h, initials } from "./dom.js";
import { rove } from "./roving.js";
import { attempt, conversations, emit, faultsOf, isLost, isOnItsWay, isShown, markRead, people, senderOf, state } from "./state.js";

const SHOWN = 200;
const ROLES = { agent: "agent", client: "client", stranger: "unknown number" };
// The switches: the pretend Twilio's kind of fault, and its labels.
const SWITCHES = [
  { kind: "off", label: "Phone is off", short: "off" },
  { kind: "slow", label: "Bad reception (8 s)", short: "slow", seconds: 8 },
  { kind: "blocked", label: "Has blocked us", short: "blocked" },
  { kind: "failed", label: "Fails with code", short: "fails", code: 63016 },
];
export class Phone {
  constructor(phone) {
    this.phone = phone;
    this.bubbles = new Map();
    this.quoted = null;
    this.top = null;
    this.isOpen = false;
    this.build();
    this.rover = rove(this.log, "button", { home: (known) => known.at(-1), open: () => this.isOpen });
    this.open(false);
    this.draw();
  }

  build() {
    const { phone } = this;
    this.avatar = h(`span.avatar.${colour(phone)}`, { "aria-hidden": "true" });
    this.name = h("bdi");
    this.line = h("p");
    this.window = h("p.window", { hidden: true });
    this.log = h("div.log", { role: "log", tabIndex: -1, "aria-label": "Conversation", onscroll: () => this.markSeen() });
    this.quotation = h("div.quotation", { hidden: true });
    this.box = h("textarea", {
      rows: 1, maxLength: 1600, "aria-label": "Write a message", placeholder: "Message",
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
        if (event.key === "Escape" && this.quoted) { event.stopPropagation(); this.quote(null); }
      },
      oninput: () => { this.box.rows = Math.min(4, this.box.value.split("\n").length); },
      onfocus: () => this.markSeen(true),
    });
    this.menu = h("details.switches", {},
      h("summary", { "aria-label": "Simulate a problem", title: "Simulate a problem" }, "⋮"),
      h("div.sheet", { role: "group", "aria-label": "Simulate a problem" },
        ...SWITCHES.map((each) => this.faultSwitch(each)),
        this.whyButton = h("button", { type: "button", onclick: () => this.why() }, "Why did they not get the job?")));
    this.element = h("section.phone", { id: `phone-${phone.slice(1)}`, tabIndex: -1, onfocusin: () => emit("entered", phone) },
      h("header", {},
        h("button.back", { type: "button", "aria-label": "Back to the chats", onclick: () => emit("back") }, "‹"),
        this.avatar, h("div.who", {}, h("h2", {}, this.name), this.line, this.window), this.menu),
      this.log,
      this.quotation,
      h("form", { onsubmit: (event) => { event.preventDefault(); this.send(); } },
        this.box, h("button.send", { type: "submit", "aria-label": "Send", title: "Send (Enter)" }, "➤")));
    this.element.dataset.phone = phone;
    this.parts = this.element.querySelectorAll("summary, textarea, .back, .send");
  }

  // The Tab key reaches the parts of the open phone only.
  open(open) {
    this.isOpen = open;
    this.element.classList.toggle("is-open", open);
    for (const part of this.parts) part.tabIndex = open ? 0 : -1;
    this.rover.update();
  }

  faultSwitch(each) {
    const box = h("input", { type: "checkbox", onchange: () => this.switch(each, box.checked) });
    const code = each.code
      ? h("input.code", { type: "number", min: 10000, max: 99999, value: each.code, "aria-label": "Twilio error code",
          onchange: () => box.checked && this.switch(each, true) })
      : null;
    box.dataset.kind = each.kind;
    return h("div.switch", {}, h("label", {}, box, ` ${each.label}`), code);
  }

  async switch({ kind, seconds, code }, on) {
    const chosen = code && Number(this.menu.querySelector(".code").value);
    await attempt(() => on
      ? api.setFault({ phone: this.phone, kind, ...(seconds ? { seconds } : {}), ...(code ? { code: chosen } : {}) })
      : api.endFault(this.phone, kind));
  }

  why() {
    this.menu.open = false;
    emit("why", this.phone);
  }

  draw() {
    this.count();
    this.drawHead();
    for (const message of (conversations.get(this.phone) ?? []).slice(-SHOWN)) this.drawMessage(message);
  }

  count() {
    this.waiting = (conversations.get(this.phone) ?? []).filter(isOnItsWay).length;
  }

  // Remove all messages. Keep the text that is being typed.
  empty() {
    this.bubbles.clear();
    this.log.replaceChildren();
    this.top = null;
    this.draw();
  }

  // Before the phone leaves the wall, remember its scroll position; null means the end.
  saveScroll() {
    this.top = this.isAtEnd() ? null : this.log.scrollTop;
  }

  // Restore the scroll position after the phone is back on the wall.
  restoreScroll() {
    this.log.scrollTop = this.top ?? this.log.scrollHeight;
  }

  isAtEnd() {
    return this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 60;
  }

  show() {
    this.element.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.log.scrollTop = this.log.scrollHeight;
    this.box.focus({ preventScroll: true });
  }

  drawHead() {
    const person = people.get(this.phone) ?? { name: this.phone, role: "stranger" };
    this.avatar.textContent = person.role === "stranger" ? "?" : initials(person.name);
    this.name.textContent = person.name;
    this.element.setAttribute("aria-label", `${person.name}, ${ROLES[person.role]}`);
    const faults = faultsOf(this.phone);
    const wrong = SWITCHES.filter(({ kind }) => faults.some((fault) => fault.kind === kind));
    const status = person.status && person.status !== "active" ? ` · ${person.status}` : "";
    this.line.textContent = [`${ROLES[person.role]}${status}`, person.name === this.phone ? null : this.phone,
      ...wrong.map(({ short }) => short), this.waiting ? `${this.waiting} on the way` : null].filter(Boolean).join(" · ");
    this.drawWindow();
    this.element.classList.toggle("is-off", faults.some(({ kind }) => kind === "off"));
    this.element.classList.toggle("is-wrong", wrong.length > 0);
    for (const box of this.menu.querySelectorAll("input[type=checkbox]")) {
      box.checked = wrong.some(({ kind }) => kind === box.dataset.kind);
    }
    const code = this.menu.querySelector(".code");
    const activeCode = faults.find(({ kind }) => kind === "failed")?.code;
    if (activeCode && document.activeElement !== code) code.value = activeCode;
    this.whyButton.hidden = person.role !== "agent";
  }

  // Show until when free text may be sent to this person, if the 24-hour window is enforced.
  drawWindow() {
    const until = state.window.until[this.phone];
    const open = Boolean(until) && new Date(until) > new Date();
    this.window.hidden = !state.window.enforced;
    this.window.title = "WhatsApp's 24-hour window: while it is open, free text reaches this person";
    this.window.textContent = open ? `Window until ${dayAndTime(until)}` : "Window closed";
    this.window.classList.toggle("is-open", open);
  }

  // Redraw changed messages.
  update(changed) {
    const atEnd = this.isAtEnd();
    for (const message of changed) if (message.phone === this.phone) this.drawMessage(message);
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
    this.count();
    this.drawHead();
    this.markSeen();
  }

  drawMessage(message) {
    const known = this.bubbles.get(message.sid);
    if (!isShown(message) && !isLost(message)) return;
    const fresh = bubble(message, this);
    const focused = known?.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    if (known) known.replaceWith(fresh);
    else this.log.append(fresh);
    if (focused) fresh.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.bubbles.set(message.sid, fresh);
    while (this.log.children.length > SHOWN) this.log.firstChild.remove();
  }

  quote(message) {
    this.quoted = message;
    this.quotation.hidden = !message;
    this.quotation.replaceChildren(...(message ? [
      h("span", { dir: "auto" }, message.text.split("\n")[0].slice(0, 90)),
      h("button", { type: "button", "aria-label": "Remove the quote", onclick: () => this.quote(null) }, "×")] : []));
    if (message) this.box.focus();
  }

  async send() {
    const text = this.box.value.trim();
    if (!text) return;
    this.box.value = "";
    this.box.rows = 1;
    const { quoted } = this;
    this.quote(null);
    if (await this.write(text, quoted?.sid) || this.box.value) return;
    this.box.value = text;  // sending failed
    if (quoted) this.quote(quoted);
  }

  // Send a text. A tap on a message's own button includes the button's payload.
  async write(text, quoted, tap = {}) {
    this.log.scrollTop = this.log.scrollHeight;
    return attempt(() => api.sendMessage(this.phone, text, { quoted_sid: quoted, to: senderOf(this.phone), ...tap }));
  }

  // Mark the conversation as read if this phone has the focus.
  markSeen(focused = false) {
    if (focused || this.element.contains(document.activeElement)) markRead(this.phone);
  }
}
