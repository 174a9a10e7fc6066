// Finds the people to show: a filter, the words of the search, and the order of the list.

import { conversations, isShown, jobs, people, state } from "./state.js";

const RANK = { agent: 0, client: 1, stranger: 2 };
const FILTERS = { agents: ({ role }) => role === "agent", clients: ({ role }) => role === "client" };
const CODE = /^[a-z][a-z0-9]{1,5}$/i;
const NUMBER = /^[\d\s+().-]+$/;

// Return {found, job}: the people who fit, agents first, then clients, then strangers, each in order of creation; and the
// inspection by whose code they were found. Words are a part of a name or of a number, else the start of a code.
export function findPeople(words, filter) {
  const selected = jobs.get(state.job);
  const concerned = filter === "job" && selected ? concernedBy(selected) : null;
  const all = [...people.values()]
    .filter((person) => (concerned ? concerned.has(person.phone) : (FILTERS[filter] ?? (() => true))(person)))
    .sort((one, other) => RANK[one.role] - RANK[other.role] || one.order - other.order);
  const wanted = words.trim().toLowerCase();
  const digits = NUMBER.test(wanted) ? wanted.replace(/\D/g, "").replace(/^0+/, "") : "";
  const found = all.filter(({ name, phone }) => `${name} ${phone}`.toLowerCase().includes(wanted) || (digits && phone.includes(digits)));
  if (found.length || !CODE.test(wanted)) return { found, job: null };
  const job = jobOfCode(wanted.toUpperCase());
  const related = job && concernedBy(job);
  return { found: related ? all.filter(({ phone }) => related.has(phone)) : [], job };
}

// Return the newest inspection whose code begins like this. Return null if there is none.
function jobOfCode(start) {
  const fitting = [...jobs.values()].filter(({ code }) => code.startsWith(start));
  return fitting.reduce((newest, job) => (newest && newest.created_at >= job.created_at ? newest : job), null);
}

// Return the phones of the people of an inspection: client, agent, agents with an offer, and who read or wrote its code.
function concernedBy({ id, code, client_details: client, assigned_agent: agent }) {
  const phones = new Set([client.phone, agent, ...(state.offered.job === id ? state.offered.phones : [])]);
  for (const [phone, all] of conversations) if (all.some(({ text }) => text.includes(code))) phones.add(phone);
  return phones;
}

// Sort people by the last message on their phone, newest first. People without messages stay at the end, in their order.
export function byLatest(found) {
  const at = new Map(found.map(({ phone }) => [phone, Date.parse(conversations.get(phone)?.findLast(isShown)?.at ?? 0) || 0]));
  return found.toSorted((one, other) => at.get(other.phone) - at.get(one.phone));
}
