// One phone: its screen, its typing box, and the switches for what goes wrong with it.

import * as desk from "./desk.js";
import { bubble } from "./bubble.js";
import { colour, dayAndTime, h, initials } from "./dom.js";
import { attempt, faultsOf, isLost, isOnItsWay, isShown, people, readAll, senderOf, spoken, state, tell } from "./state.js";

const SHOWN = 200;
const ROLES = { agent: "agent", client: "client", stranger: "unknown to the desk" };
// What can be switched: the pretend Twilio's kind of fault, and how it is said.
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
    this.build();
    this.draw();
  }

  build() {
    const { phone } = this;
    this.avatar = h(`span.avatar.${colour(phone)}`, { "aria-hidden": "true" });
    this.name = h("bdi");
    this.line = h("p");
    this.window = h("p.window", { hidden: true });
    this.log = h("div.log", { role: "log", tabIndex: 0, "aria-label": "Conversation", onscroll: () => this.seen() });
    this.quotation = h("div.quotation", { hidden: true });
    this.box = h("textarea", {
      rows: 1, maxLength: 1600, "aria-label": "Write a message", placeholder: "Message",
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
        if (event.key === "Escape" && this.quoted) { event.stopPropagation(); this.quote(null); }
      },
      oninput: () => { this.box.rows = Math.min(4, this.box.value.split("\n").length); },
      onfocus: () => this.seen(true),
    });
    this.menu = h("details.switches", {},
      h("summary", { "aria-label": "What goes wrong", title: "What goes wrong" }, "⋮"),
      h("div.sheet", { role: "group", "aria-label": "What goes wrong" },
        ...SWITCHES.map((each) => this.aSwitch(each)),
        this.asksWhy = h("button", { type: "button", onclick: () => this.why() }, "Why did they not get it?")));
    this.element = h("section.phone", { id: `phone-${phone.slice(1)}`, tabIndex: -1 },
      h("header", {},
        h("button.back", { type: "button", "aria-label": "Back to the chats", onclick: () => tell("back") }, "‹"),
        this.avatar, h("div.who", {}, h("h2", {}, this.name), this.line, this.window), this.menu),
      this.log,
      this.quotation,
      h("form", { onsubmit: (event) => { event.preventDefault(); this.send(); } },
        this.box, h("button.send", { type: "submit", "aria-label": "Send", title: "Send (Enter)" }, "➤")));
    this.element.dataset.phone = phone;
  }

  aSwitch(each) {
    const box = h("input", { type: "checkbox", onchange: () => this.switch(each, box.checked) });
    const code = each.code
      ? h("input.code", { type: "number", min: 10000, max: 99999, value: each.code, "aria-label": "Twilio's error code",
          onchange: () => box.checked && this.switch(each, true) })
      : null;
    box.dataset.kind = each.kind;
    return h("div.switch", {}, h("label", {}, box, ` ${each.label}`), code);
  }

  async switch({ kind, seconds, code }, on) {
    const chosen = code && Number(this.menu.querySelector(".code").value);
    await attempt(() => on
      ? desk.setFault({ phone: this.phone, kind, ...(seconds ? { seconds } : {}), ...(code ? { code: chosen } : {}) })
      : desk.endFault(this.phone, kind));
  }

  why() {
    this.menu.open = false;
    tell("why", this.phone);
  }

  draw() {
    this.count();
    this.drawHead();
    for (const message of (spoken.get(this.phone) ?? []).slice(-SHOWN)) this.drawMessage(message);
  }

  count() {
    this.waiting = (spoken.get(this.phone) ?? []).filter(isOnItsWay).length;
  }

  // Forget what was said, not what is being typed.
  empty() {
    this.bubbles.clear();
    this.log.replaceChildren();
    this.top = null;
    this.draw();
  }

  // Taken off the wall, and put on it again: it stays where it was scrolled to; the end is where it begins.
  leave() {
    this.top = this.isAtEnd() ? null : this.log.scrollTop;
  }

  come() {
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
    const standing = person.status && person.status !== "active" ? ` · ${person.status}` : "";
    this.line.textContent = [`${ROLES[person.role]}${standing}`, person.name === this.phone ? null : this.phone,
      ...wrong.map(({ short }) => short), this.waiting ? `${this.waiting} on the way` : null].filter(Boolean).join(" · ");
    this.drawWindow();
    this.element.classList.toggle("is-off", faults.some(({ kind }) => kind === "off"));
    this.element.classList.toggle("is-wrong", wrong.length > 0);
    for (const box of this.menu.querySelectorAll("input[type=checkbox]")) {
      box.checked = wrong.some(({ kind }) => kind === box.dataset.kind);
    }
    const code = this.menu.querySelector(".code");
    const stands = faults.find(({ kind }) => kind === "failed")?.code;
    if (stands && document.activeElement !== code) code.value = stands;
    this.asksWhy.hidden = person.role !== "agent";
  }

  // Until when they may be written to freely, while that is enforced.
  drawWindow() {
    const until = state.window.until[this.phone];
    const open = Boolean(until) && new Date(until) > new Date();
    this.window.hidden = !state.window.enforced;
    this.window.textContent = open ? `Window open until ${dayAndTime(until)}` : "Window closed";
    this.window.classList.toggle("is-open", open);
  }

  // Bring the screen up to date with messages that have changed.
  update(changed) {
    const atEnd = this.isAtEnd();
    for (const message of changed) if (message.phone === this.phone) this.drawMessage(message);
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
    this.count();
    this.drawHead();
    this.seen();
  }

  drawMessage(message) {
    const known = this.bubbles.get(message.sid);
    if (!isShown(message) && !isLost(message)) return;
    const fresh = bubble(message, this);
    if (known) known.replaceWith(fresh);
    else this.log.append(fresh);
    this.bubbles.set(message.sid, fresh);
    while (this.log.children.length > SHOWN) this.log.firstChild.remove();
  }

  quote(message) {
    this.quoted = message;
    this.quotation.hidden = !message;
    this.quotation.replaceChildren(...(message ? [
      h("span", { dir: "auto" }, message.text.split("\n")[0].slice(0, 90)),
      h("button", { type: "button", "aria-label": "Do not quote it", onclick: () => this.quote(null) }, "×")] : []));
    if (message) this.box.focus();
  }

  async send() {
    const text = this.box.value.trim();
    if (!text) return;
    this.box.value = "";
    this.box.rows = 1;
    const { quoted } = this;
    this.quote(null);
    if (await this.say(text, quoted?.sid) || this.box.value) return;
    this.box.value = text;  // it was not said
    if (quoted) this.quote(quoted);
  }

  // A tap on a button that came with a message brings its payload along.
  async say(text, quoted, tap = {}) {
    this.log.scrollTop = this.log.scrollHeight;
    return attempt(() => desk.say(this.phone, text, { quoted_sid: quoted, to: senderOf(this.phone), ...tap }));
  }

  // What is on the screen of a phone that somebody looks at is read.
  seen(surely = false) {
    if (surely || this.element.contains(document.activeElement)) readAll(this.phone);
  }
}
