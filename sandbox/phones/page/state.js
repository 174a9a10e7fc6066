// The page's data: people, messages, faults, templates, jobs. Emits an event for each change.

export const messages = new Map();   // by SID
export const conversations = new Map();  // phone -> its messages, oldest first
export const people = new Map();     // phone -> {phone, name, role, status, order}
export const unread = new Map();     // phone -> number of unread messages
export const jobs = new Map();       // by id, all jobs fetched so far
// `newest`, the newest jobs, and `queues` are undefined until they are fetched. Null queues mean that Redis does not answer.
export const state = { faults: [], contents: [], window: { enforced: false, clock_ahead_seconds: 0, until: {} }, newest: undefined,
  queues: undefined, peopleFetched: false, job: null, pinned: false, offered: { job: null, phones: [] }, open: null, live: false,
  caption: { text: "", phone: null, job: null } };

const REACHED = new Set(["delivered", "read"]);
const listeners = new Map();

// Call `listener` whenever `event` is emitted.
export function on(event, listener) {
  listeners.set(event, [...(listeners.get(event) ?? []), listener]);
}

export function emit(event, ...values) {
  for (const listener of listeners.get(event) ?? []) listener(...values);
}

// Whether a message is on the person's own screen: the person wrote it, or it reached their phone.
export const isShown = (message) => message.direction === "inbound" || REACHED.has(message.status);
export const isLost = (message) => message.status === "failed" || message.status === "undelivered";
export const isOnItsWay = (message) => !isShown(message) && !isLost(message);

// Store new and changed messages. If `live`, count newly delivered ones as unread.
export function storeMessages(changed, live) {
  const phones = new Set();
  for (const message of changed) {
    const before = messages.get(message.sid);
    messages.set(message.sid, message);
    const all = conversations.get(message.phone) ?? [];
    if (before) all[all.lastIndexOf(before)] = message;
    else all.push(message);
    conversations.set(message.phone, all);
    phones.add(message.phone);
    const fresh = message.direction === "outbound" && isShown(message) && !(before && isShown(before));
    if (fresh && live) unread.set(message.phone, (unread.get(message.phone) ?? 0) + 1);
  }
  for (const phone of phones) if (!people.has(phone)) setPerson(phone, phone, "stranger", null, people.size);
  emit("messages", phones, changed);
}

export function clearMessages() {
  for (const all of [messages, conversations, unread]) all.clear();
  emit("cleared");
}

export function markRead(phone) {
  if (unread.delete(phone)) emit("unread", phone);
}

export function setPerson(phone, name, role, status, order) {
  people.set(phone, { phone, name, role, status, order });
}

// Remove a person who is no longer known to the desk. If there are messages, keep the phone as a stranger's.
export function removePerson(phone) {
  if (conversations.has(phone)) setPerson(phone, phone, "stranger", null, people.get(phone).order);
  else people.delete(phone);
}

export function select(job) {
  Object.assign(state, { job, pinned: true });
  emit("selected");
}

export const faultsOf = (phone) => state.faults.filter((fault) => fault.phone === phone || fault.phone === "*");

// Return which of the desk's numbers a conversation uses: that of its latest message.
export const senderOf = (phone) => conversations.get(phone)?.at(-1)?.sender;

// Run an action. Return true if it succeeds; else show its error at the foot of the page and return false.
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (error) {
    const fields = Object.entries(error.errors ?? {}).map(([name, why]) => `${name}: ${[].concat(why).join(" ")}`);
    emit("notice", [error.message, ...fields].join(" "));
    return false;
  }
}
