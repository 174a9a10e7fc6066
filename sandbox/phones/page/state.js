// What the page knows: people, messages, faults, jobs; and who wants to hear when that changes.

import { get } from "./desk.js";

export const messages = new Map();   // by SID
export const spoken = new Map();     // phone -> its messages, oldest first
export const people = new Map();     // phone -> {phone, name, role, status}
export const unread = new Map();     // phone -> how many
export const state = { faults: [], jobs: [], job: null, pinned: false, open: null, live: false };

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

export function listen() {
  const stream = new EventSource("/sandbox/events");
  stream.addEventListener("open", () => setLive(true));
  stream.addEventListener("error", () => setLive(false));
  stream.addEventListener("messages", (event) => take(JSON.parse(event.data)));
  stream.addEventListener("faults", (event) => {
    state.faults = JSON.parse(event.data);
    caughtUp = true;  // they come after all that was said before
    tell("faults");
  });
  stream.addEventListener("caption", (event) => tell("caption", JSON.parse(event.data)));
  stream.addEventListener("cleared", () => {
    const phones = [...spoken.keys()];
    for (const all of [messages, spoken, unread]) all.clear();
    tell("cleared", phones);
  });
}

function setLive(live) {
  state.live = live;
  tell("live");
}

let caughtUp = false;

function take(changed) {
  const phones = new Set();
  for (const message of changed) {
    const before = messages.get(message.sid);
    messages.set(message.sid, message);
    const all = spoken.get(message.phone) ?? [];
    if (before) all[all.indexOf(before)] = message;
    else all.push(message);
    spoken.set(message.phone, all);
    phones.add(message.phone);
    const arrives = message.direction === "outbound" && isShown(message) && !(before && isShown(before));
    if (arrives && caughtUp) unread.set(message.phone, (unread.get(message.phone) ?? 0) + 1);
  }
  for (const phone of phones) meet(phone);
  tell("messages", phones, changed);
}

// Somebody of whom only the number is known.
function meet(phone) {
  if (!people.has(phone)) {
    people.set(phone, { phone, name: phone, role: "stranger", status: null, order: people.size });
    tell("people");
  }
}

export function readAll(phone) {
  if (unread.delete(phone)) tell("unread", phone);
}

const MOST_PAGES = 3;

async function pagesOf(path) {
  const all = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const some = await get(`${path}?page_size=100&page=${page}&sort=created_at`);
    all.push(...some);
    if (some.length < 100) break;
  }
  return all;
}

// Ask the API who there is, and which jobs.
export async function refreshPeople() {
  const agents = await pagesOf("/api/agents/");
  agents.forEach((agent, order) => know(agent.phone, agent.name, "agent", agent.status, order));
  tell("people");
}

export async function refreshJobs() {
  const jobs = await get("/api/jobs/?page_size=50");
  for (const { client_details: client, created_at } of jobs) {  // the newest first: the oldest has the last word
    if (people.get(client.phone)?.role !== "agent") know(client.phone, client.name, "client", null, Date.parse(created_at));
  }
  const changed = JSON.stringify(jobs) !== JSON.stringify(state.jobs);
  state.jobs = jobs;
  if (!state.pinned || !jobs.some((job) => job.id === state.job)) {
    state.pinned = false;
    state.job = jobs[0]?.id ?? null;
  }
  if (changed) tell("people");
  tell("jobs");
}

function know(phone, name, role, status, order) {
  people.set(phone, { phone, name, role, status, order });
}

export function select(job) {
  Object.assign(state, { job, pinned: true });
  tell("jobs");
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

// Do something; what is wrong with it is said at the foot of the page.
export async function attempt(what) {
  try {
    await what();
  } catch (error) {
    const fields = Object.entries(error.errors ?? {}).map(([name, why]) => `${name}: ${[].concat(why).join(" ")}`);
    tell("notice", [error.message, ...fields].join(" "));
  }
}
