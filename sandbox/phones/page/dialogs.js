// Dialogs: new agent, new inspection, message details, why an agent got a job or did not, keyboard shortcuts.

import * as api from "./api.js";
import { h, seconds } from "./dom.js";
import { emit, jobs, people, setPerson, state } from "./state.js";

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

const anAgent = () => ({ name: freshName(), phone: freshPhone("+234803010"), language: "", zone: "" });

function anInspection() {
  const n = jobs.size;
  const [title, address, type, bedrooms, price] = HOUSES[n % HOUSES.length];
  const day = new Date(Date.now() + 86400000).toLocaleDateString("sv-SE", { timeZone: api.facts.timezone });
  return {
    property: { property_id: `prop_${100 + n}`, title, address, property_type: type, bedrooms, price, zone: "" },
    client: { client_id: `client_${100 + n}`, name: CLIENTS[n % CLIENTS.length], phone: freshPhone("+234805000"), language: "" },
    inspection_date: day, inspection_time: "14:00", notes: "Prefers the afternoon",
  };
}

const TITLES = { name: "Name", phone: "Phone", title: "Title", address: "Address", property_type: "Type", bedrooms: "Bedrooms",
  price: "Price", property_id: "Property ID", client_id: "Client ID", inspection_date: "Date", inspection_time: "Time",
  notes: "Notes for the agent", language: "Language", zone: "Zone" };
const TYPES = { inspection_date: "date", inspection_time: "time", phone: "tel", bedrooms: "number", price: "number" };
const LANGUAGES = [["", "Not given: English"], ["en", "English"], ["fr", "Français"], ["pt", "Português"], ["ar", "العربية"]];
// The fields that may stay empty, each with its hint. They are left out of the request while they are empty.
const OPTIONAL = { zone: "such as Lekki", language: null, notes: null };

// Return a body without the optional fields that are empty.
function filled(body) {
  return Object.fromEntries(Object.entries(body).filter(([name, value]) => value !== "" || !(name in OPTIONAL))
    .map(([name, value]) => [name, value !== null && typeof value === "object" ? filled(value) : value]));
}

// Open a form for a request body, with the equivalent curl command beside the fields.
function form(title, path, body, done) {
  const shown = h("pre", { tabIndex: 0, "aria-label": "Same request with curl" });
  const copy = h("button", { type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(shown.textContent);
      copy.textContent = "Copied";
    } catch {  // the browser refuses: select the text, so that the user can copy it
      getSelection().selectAllChildren(shown);
      copy.textContent = "Press Ctrl-C";
    }
  } }, "Copy");
  const problem = h("p.problem", { role: "alert" });
  const redraw = () => { shown.textContent = api.curl(path, filled(body)); copy.textContent = "Copy"; };
  const fields = groups(body).map(([group, target]) => h("fieldset", {}, group ? h("legend", {}, group) : null,
    Object.entries(target).filter(([, value]) => typeof value !== "object").map(([name, value]) => {
      const type = TYPES[name] ?? "text";
      const oninput = () => {
        target[name] = type === "number" ? Number(field.value) : field.value;
        redraw();
      };
      const field = name === "language" ? h("select", { name, oninput }, LANGUAGES.map(([code, label]) => h("option", { value: code }, label)))
        : h("input", { type, value, name, required: !(name in OPTIONAL), placeholder: OPTIONAL[name], oninput });
      return h("label", {}, TITLES[name] ?? name, field, h("small.wrong", { "data-of": group ? `${group.toLowerCase()}.${name}` : name }));
    })));
  redraw();
  const submit = h("button.strong", { type: "submit" }, "Create");
  const dialog = open(title, h("form.create", { onsubmit: async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await api.post(path, filled(body));
      dialog.close();
      done();
    } catch (error) {
      problem.textContent = error.message;
      for (const place of dialog.querySelectorAll(".wrong")) place.textContent = [at(error.errors ?? {}, place.dataset.of)].flat().join(" ");
    }
    submit.disabled = false;
  } }, h("div.fields", {}, ...fields, problem, h("div.acts", {}, submit)),
    h("div.curl", {}, h("p", {}, "Same request with curl ", copy, h("br"), h("small", {}, "API_KEY is in the banner of the terminal.")), shown)));
  dialog.querySelector("input")?.select();
}

const groups = (body) => [["", body], ...Object.entries(body).filter(([, value]) => typeof value === "object")
  .map(([name, value]) => [name[0].toUpperCase() + name.slice(1), value])];
const at = (errors, path) => path.split(".").reduce((here, name) => here?.[name], errors) ?? "";

export const newAgent = () => form("New agent", "/api/agents/", anAgent(), () => emit("changed"));
export const newInspection = () => form("New inspection", "/api/jobs/", anInspection(), () => { state.pinned = false; emit("changed"); });

// Create three agents and an inspection through the API.
export async function loadSampleData() {
  for (let n = 0; n < 3; n += 1) {
    const agent = await api.post("/api/agents/", filled(anAgent()));
    setPerson(agent.phone, agent.name, "agent", agent.status, n);
  }
  await api.post("/api/jobs/", filled(anInspection()));
  emit("changed");
}

// Show a message with its delivery attempts. `sid` is our id or Twilio's SID.
export async function showMessage({ sid }) {
  const message = await api.get(`/api/messages/${sid}`);
  const attempts = message.attempts ?? [];
  open("Message details", h("div.record", {},
    h("blockquote", { dir: "auto" }, message.text),
    attempts.length ? h("table", {}, h("caption", {}, "Delivery attempts"),
      h("thead", {}, h("tr", {}, ["", "State", "Started", "Error", "Twilio SID"].map((title) => title ? h("th", { scope: "col" }, title) : h("td")))),
      h("tbody", {}, attempts.map((each) => h("tr", {}, h("th", { scope: "row" }, String(each.n)), h("td", {}, each.state),
        h("td", {}, seconds(each.started_at)), h("td", {}, String(each.error_code ?? "—")), h("td.sid", {}, each.sid ?? "—"))))) : null,
    h("pre", { tabIndex: 0, "aria-label": "As JSON" }, JSON.stringify(message, null, 2))));
}

// Show why an agent got the selected job or did not.
export async function showWhy(phone) {
  const job = jobs.get(state.job);
  if (!job) throw new Error("No inspections yet.");
  const answer = await api.get(`/api/jobs/${job.id}/agents/${encodeURIComponent(phone)}`);
  open(`${answer.agent_name} and inspection ${job.code}`, h("div.record", {}, h("p.answer", {}, answer.explanation),
    h("pre", { tabIndex: 0, "aria-label": "As JSON" }, JSON.stringify(answer, null, 2))));
}

const SHORTCUTS = [["/", "search; Enter selects the inspection of a code"], ["↑ ↓ Home End", "move inside of a list, or among the messages of a phone"],
  ["a", "new agent"], ["i", "new inspection"], ["t", "templates and window"], ["[ and ]", "previous phone, next phone"],
  ["b", "show or hide activity"], ["d", "dark or light theme"], ["Enter", "send"], ["Esc", "leave the message box, close a dialog"], ["?", "this list"]];
export const showKeys = () => open("Keyboard shortcuts", h("dl.keys", {}, SHORTCUTS.flatMap(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)])));

// Open a dialog. A click outside closes it, except for a form: the user must not lose typed text.
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
