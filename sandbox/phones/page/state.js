// What the page knows: people, messages, faults, templates, jobs; and who wants to hear when that changes.

export const messages = new Map();   // by SID
export const spoken = new Map();     // phone -> its messages, oldest first
export const people = new Map();     // phone -> {phone, name, role, status, order}
export const unread = new Map();     // phone -> how many
export const jobs = new Map();       // by id, every one that was seen
export const state = { faults: [], contents: [], window: { enforced: false, clock_ahead_seconds: 0, until: {} }, newest: [], job: null, pinned: false, open: null, live: false };

const REACHED = new Set(["delivered", "read"]);
const listeners = new Map();

export function on(what, hear) {
  listeners.set(what, [...(listeners.get(what) ?? []), hear]);
}

export function tell(what, ...facts) {
  for (const hear of listeners.get(what) ?? []) hear(...facts);
}

// Whether a message stands on the person's own screen: what they wrote, and what reached their phone.
export const isShown = (message) => message.direction === "inbound" || REACHED.has(message.status);
export const isLost = (message) => message.status === "failed" || message.status === "undelivered";
export const isOnItsWay = (message) => !isShown(message) && !isLost(message);

// Take messages that are new or have changed; those that `arrive` now are not read yet.
export function take(changed, arrive) {
  const phones = new Set();
  for (const message of changed) {
    const before = messages.get(message.sid);
    messages.set(message.sid, message);
    const all = spoken.get(message.phone) ?? [];
    if (before) all[all.lastIndexOf(before)] = message;
    else all.push(message);
    spoken.set(message.phone, all);
    phones.add(message.phone);
    const fresh = message.direction === "outbound" && isShown(message) && !(before && isShown(before));
    if (fresh && arrive) unread.set(message.phone, (unread.get(message.phone) ?? 0) + 1);
  }
  for (const phone of phones) if (!people.has(phone)) know(phone, phone, "stranger", null, people.size);
  tell("messages", phones, changed);
}

export function forget() {
  for (const all of [messages, spoken, unread]) all.clear();
  tell("cleared");
}

export function readAll(phone) {
  if (unread.delete(phone)) tell("unread", phone);
}

export function know(phone, name, role, status, order) {
  people.set(phone, { phone, name, role, status, order });
}

// Somebody whom the desk does not know (any more): gone, unless there is something that was said.
export function unknown(phone) {
  if (spoken.has(phone)) know(phone, phone, "stranger", null, people.get(phone).order);
  else people.delete(phone);
}

export function select(job) {
  Object.assign(state, { job, pinned: true });
  tell("selected");
}

// The people whose name or number holds the words, agents first, as they came.
export function found(words) {
  const wanted = words.trim().toLowerCase();
  const rank = { agent: 0, client: 1, stranger: 2 };
  return [...people.values()]
    .filter(({ name, phone }) => `${name} ${phone}`.toLowerCase().includes(wanted))
    .sort((one, other) => rank[one.role] - rank[other.role] || one.order - other.order);
}

export const faultsOf = (phone) => state.faults.filter((fault) => fault.phone === phone || fault.phone === "*");

// Which of our numbers a conversation is with: that of its latest message.
export const senderOf = (phone) => spoken.get(phone)?.at(-1)?.sender;

// Do something; what is wrong with it is said at the foot of the page. Tells whether it worked.
export async function attempt(what) {
  try {
    await what();
    return true;
  } catch (error) {
    const fields = Object.entries(error.errors ?? {}).map(([name, why]) => `${name}: ${[].concat(why).join(" ")}`);
    tell("notice", [error.message, ...fields].join(" "));
    return false;
  }
}
