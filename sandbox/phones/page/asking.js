// Asking the API who there is, and which jobs.

import { get } from "./desk.js";
import { jobs, know, people, state, tell, unknown } from "./state.js";

const PAGE = 100;

// Every row of a list, at most so many pages.
export async function pagesOf(path, most) {
  const all = [];
  for (let page = 1; page <= most; page += 1) {
    const some = await get(`${path}?page_size=${PAGE}&page=${page}&sort=created_at`);
    all.push(...some);
    if (some.length < PAGE) break;
  }
  // The list is in the order of ids, and those of one second, made by two processes, come as they please.
  return all.sort((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at));
}

export async function refreshPeople() {
  const agents = await pagesOf("/api/agents/", 5);
  const present = new Set(agents.map(({ phone }) => phone));
  agents.forEach((agent, order) => know(agent.phone, agent.name, "agent", agent.status, order));
  for (const { phone, role } of [...people.values()]) if (role === "agent" && !present.has(phone)) unknown(phone);
  if (!jobs.size) for (const job of await pagesOf("/api/jobs/", 5)) jobs.set(job.id, job);
  meetClients();
  tell("people");
}

export async function refreshJobs() {
  const newest = await get("/api/jobs/?page_size=50");
  const changed = newest.some((job) => jobs.get(job.id)?.updated_at !== job.updated_at);
  for (const job of newest) jobs.set(job.id, job);
  if (state.pinned && !newest.some(({ id }) => id === state.job)) {
    const pinned = await get(`/api/jobs/${state.job}`).catch(() => null);
    if (pinned) jobs.set(pinned.id, pinned);
    else state.pinned = false;
  }
  state.newest = newest;
  if (!state.pinned) state.job = newest[0]?.id ?? null;
  if (changed) { meetClients(); tell("people"); }
  tell("jobs");
}

// The clients of all jobs that were seen, each by the number of their latest one.
function meetClients() {
  const numbers = new Map();
  for (const job of [...jobs.values()].sort((one, other) => one.created_at.localeCompare(other.created_at))) {
    const { client_id: id, name, phone } = job.client_details;
    numbers.set(id, { phone, name, order: numbers.get(id)?.order ?? numbers.size });
  }
  const present = new Set();
  for (const { phone, name, order } of numbers.values()) {
    present.add(phone);
    if (people.get(phone)?.role !== "agent") know(phone, name, "client", null, order);
  }
  for (const { phone, role } of [...people.values()]) if (role === "client" && !present.has(phone)) unknown(phone);
}
