// Fetches people and jobs from the API.

import { get } from "./api.js";
import { jobs, emit, people, removePerson, setPerson, state } from "./state.js";

const PAGE = 100;

// Return all rows of a list, oldest first, from at most `most` pages.
export async function pagesOf(path, most) {
  const all = [];
  for (let page = 1; page <= most; page += 1) {
    const rows = await get(`${path}?page_size=${PAGE}&page=${page}&sort=created_at`);
    all.push(...rows);
    if (rows.length < PAGE) break;
  }
  // The API sorts by id. Ids made in the same second by two processes are in no fixed order, so sort by time here.
  return all.sort((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at));
}

export async function refreshPeople() {
  const agents = await pagesOf("/api/agents/", 5);
  const present = new Set(agents.map(({ phone }) => phone));
  agents.forEach((agent, order) => setPerson(agent.phone, agent.name, "agent", agent.status, order));
  for (const { phone, role } of [...people.values()]) if (role === "agent" && !present.has(phone)) removePerson(phone);
  if (!jobs.size) for (const job of await pagesOf("/api/jobs/", 5)) jobs.set(job.id, job);
  updateClients();
  state.peopleFetched = true;
  emit("people");
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
  if (changed) { updateClients(); emit("people"); }
  emit("jobs");
}

// Show one client per client id, with the phone number of the client's latest job.
function updateClients() {
  const numbers = new Map();
  for (const job of [...jobs.values()].sort((one, other) => one.created_at.localeCompare(other.created_at))) {
    const { client_id: id, name, phone } = job.client_details;
    numbers.set(id, { phone, name, order: numbers.get(id)?.order ?? numbers.size });
  }
  const present = new Set();
  for (const { phone, name, order } of numbers.values()) {
    present.add(phone);
    if (people.get(phone)?.role !== "agent") setPerson(phone, name, "client", null, order);
  }
  for (const { phone, role } of [...people.values()]) if (role === "client" && !present.has(phone)) removePerson(phone);
}
