// Dialogs: a new agent, a new inspection, what is on record of a message, why somebody did not get it, the keys.

import * as desk from "./desk.js";
import { h, seconds } from "./dom.js";
import { jobs, know, people, state, tell } from "./state.js";

const NAMES = ["Ada Obi", "Bisi Ade", "Chidi Eze", "Dayo Cole", "Emeka Udo", "Funmi Ojo", "Gozie Ike", "Halima Bello",
  "Ify Nwosu", "Jide Alabi", "Kemi Balogun", "Lara Danjuma", "Musa Garba", "Nneka Okoro", "Ola Martins", "Tunde Sani"];
const CLIENTS = ["John Doe", "Grace Hall", "Pierre Dubois", "Ana Souza", "Kofi Mensah", "Mary Bright"];
const HOUSES = [["3-Bedroom Apartment", "123 Lekki Phase 1, Lagos", "Apartment", 3, 50000000],
  ["Garden Duplex", "8 Bourdillon Road, Ikoyi", "Duplex", 4, 120000000],
  ["Studio by the Park", "17 Opebi Street, Ikeja", "Studio", 1, 18000000],
  ["Terrace with a View", "5 Admiralty Way, Lekki", "Terrace", 4, 85000000],
  ["Family Bungalow", "42 Allen Avenue, Ikeja", "Bungalow", 3, 64000000]];

const isKnown = (name) => [...people.values()].some((person) => person.name === name);
const freshName = () => NAMES.find((name) => !isKnown(name)) ?? `${NAMES[people.size % NAMES.length]} ${people.size + 1}`;

function freshPhone(prefix) {
  for (let n = 1; ; n += 1) {
    const phone = `${prefix}${String(n).padStart(4, "0")}`;
    if (!people.has(phone)) return phone;
  }
}

const anAgent = () => ({ name: freshName(), phone: freshPhone("+234803010") });

function anInspection() {
  const n = jobs.size;
  const [title, address, type, bedrooms, price] = HOUSES[n % HOUSES.length];
  const day = new Date(Date.now() + 86400000).toLocaleDateString("sv-SE", { timeZone: desk.facts.timezone });
  return {
    property: { property_id: `prop_${100 + n}`, title, address, property_type: type, bedrooms, price },
    client: { client_id: `client_${100 + n}`, name: CLIENTS[n % CLIENTS.length], phone: freshPhone("+234805000") },
    inspection_date: day, inspection_time: "14:00", notes: "Prefers the afternoon",
  };
}

const TITLES = { name: "Name", phone: "Phone", title: "Property", address: "Address", property_type: "Type", bedrooms: "Bedrooms",
  price: "Price", property_id: "Your id of it", client_id: "Your id of them", inspection_date: "Date", inspection_time: "Time",
  notes: "Notes for the agent" };
const TYPES = { inspection_date: "date", inspection_time: "time", phone: "tel", bedrooms: "number", price: "number" };

// A form over a body as the API takes it, with the curl command that does the same beside it.
function form(title, path, body, done) {
  const shown = h("pre", { tabIndex: 0, "aria-label": "The same with curl" });
  const copy = h("button", { type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(shown.textContent);
      copy.textContent = "Copied";
    } catch {  // the browser does not let us: it is marked, to be copied by hand
      getSelection().selectAllChildren(shown);
      copy.textContent = "Press Ctrl-C";
    }
  } }, "Copy");
  const problem = h("p.problem", { role: "alert" });
  const redraw = () => { shown.textContent = desk.curl(path, body); copy.textContent = "Copy"; };
  const fields = groups(body).map(([group, target]) => h("fieldset", {}, group ? h("legend", {}, group) : null,
    Object.entries(target).filter(([, value]) => typeof value !== "object").map(([name, value]) => {
      const type = TYPES[name] ?? "text";
      const field = h("input", { type, value, name, required: name !== "notes", oninput: () => {
        target[name] = type === "number" ? Number(field.value) : field.value;
        redraw();
      } });
      return h("label", {}, TITLES[name] ?? name, field, h("small.wrong", { "data-of": group ? `${group.toLowerCase()}.${name}` : name }));
    })));
  redraw();
  const submit = h("button.strong", { type: "submit" }, "Post it");
  const dialog = open(title, h("form.post", { onsubmit: async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await desk.post(path, body);
      dialog.close();
      done();
    } catch (error) {
      problem.textContent = error.message;
      for (const place of dialog.querySelectorAll(".wrong")) place.textContent = [at(error.errors ?? {}, place.dataset.of)].flat().join(" ");
    }
    submit.disabled = false;
  } }, h("div.fields", {}, ...fields, problem, h("div.acts", {}, submit)),
    h("div.curl", {}, h("p", {}, "The same with curl ", copy), shown)));
  dialog.querySelector("input")?.select();
}

const groups = (body) => [["", body], ...Object.entries(body).filter(([, value]) => typeof value === "object")
  .map(([name, value]) => [name[0].toUpperCase() + name.slice(1), value])];
const at = (errors, path) => path.split(".").reduce((here, name) => here?.[name], errors) ?? "";

export const newAgent = () => form("New agent", "/api/agents/", anAgent(), () => tell("changed"));
export const newInspection = () => form("New inspection", "/api/jobs/", anInspection(), () => { state.pinned = false; tell("changed"); });

// Three agents and an inspection: something to play with at once.
export async function setTheScene() {
  for (let n = 0; n < 3; n += 1) {
    const agent = await desk.post("/api/agents/", anAgent());
    know(agent.phone, agent.name, "agent", agent.status, n);
  }
  await desk.post("/api/jobs/", anInspection());
  tell("changed");
}

// What the desk has on record of a message, by its own id or Twilio's SID.
export async function inspect({ sid }) {
  const message = await desk.get(`/api/messages/${sid}`);
  const attempts = message.attempts ?? [];
  open("On record", h("div.record", {},
    h("blockquote", { dir: "auto" }, message.text),
    attempts.length ? h("table", {}, h("caption", {}, "Attempts at sending it"),
      h("thead", {}, h("tr", {}, ["", "State", "Began", "Code", "Twilio's SID"].map((title) => title ? h("th", { scope: "col" }, title) : h("td")))),
      h("tbody", {}, attempts.map((each) => h("tr", {}, h("th", { scope: "row" }, String(each.n)), h("td", {}, each.state),
        h("td", {}, seconds(each.started_at)), h("td", {}, String(each.error_code ?? "—")), h("td.sid", {}, each.sid ?? "—"))))) : null,
    h("pre", { tabIndex: 0, "aria-label": "The document" }, JSON.stringify(message, null, 2))));
}

export async function why(phone) {
  const job = jobs.get(state.job);
  if (!job) throw new Error("There is no inspection yet.");
  const answer = await desk.get(`/api/jobs/${job.id}/agents/${encodeURIComponent(phone)}`);
  open(`${answer.agent_name} and ${job.code}`, h("div.record", {}, h("p.answer", {}, answer.explanation),
    h("pre", { tabIndex: 0, "aria-label": "The facts" }, JSON.stringify(answer, null, 2))));
}

const KEYS = [["/", "search"], ["a", "new agent"], ["i", "new inspection"], ["t", "templates and window"], ["[ and ]", "the phone before, the phone after"],
  ["b", "show or hide what is behind it"], ["d", "dark or light"], ["Enter", "send"], ["Esc", "leave the typing box, close"], ["?", "these keys"]];
export const keys = () => open("Keys", h("dl.keys", {}, KEYS.flatMap(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)])));

// A click beside it closes it, but for a form: what was typed is not to be lost.
export function open(title, content) {
  let began = null;
  const dialog = h("dialog", { "aria-label": title, onclose: () => dialog.remove(),
    onpointerdown: (event) => { began = event.target; },
    onclick: (event) => event.target === dialog && began === dialog && content.tagName !== "FORM" && dialog.close() },
    h("header", {}, h("h2", {}, title), h("button", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "×")), content);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
