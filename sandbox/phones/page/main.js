// Puts the page together: what is heard and asked goes to whoever shows it; keys and tools.

import * as asking from "./asking.js";
import { Behind } from "./behind.js";
import * as desk from "./desk.js";
import { inZone } from "./dom.js";
import * as forms from "./forms.js";
import { begin, turn } from "./frame.js";
import { listenTo } from "./people.js";
import * as store from "./state.js";
import { listen } from "./stream.js";
import * as templates from "./templates.js";
import * as wall from "./wall.js";

const $ = (id) => document.getElementById(id);
const behind = new Behind($("columns"));
const EVERYBODY = 3;   // rounds after which everybody is asked for again

let due = null;
function soon() {
  due ??= setTimeout(() => { due = null; refresh(); }, 150);
}

// One round of questions at a time; whoever asks for the people meanwhile gets them in the next one.
let under = false;
let wanted = false;
async function refresh(people = false) {
  wanted ||= people;
  if (under) return;
  under = true;
  try {
    if (wanted) await asking.refreshPeople();
    wanted = false;
    await asking.refreshJobs();
    await behind.refresh();
    say("trouble", "");
  } catch (error) {
    say("trouble", `The desk does not answer; trying again. ${error.message}`);
  } finally {
    under = false;
  }
}

// What is said at the foot: what a person's act led to, for a while; else what is wrong with the desk.
const said = { act: "", trouble: "" };
let until = null;
function say(what, text) {
  said[what] = text;
  const shown = said.act || said.trouble;
  if ($("notice").textContent !== shown) $("notice").textContent = shown;
}
function sayFor(text, ms = 6000) {
  clearTimeout(until);
  say("act", text);
  until = setTimeout(() => say("act", ""), ms);
}

store.on("messages", (changed, messages) => {
  for (const phone of changed) wall.phones.get(phone)?.update(messages);
  wanted ||= [...changed].some((phone) => store.people.get(phone)?.role === "stranger");
  behind.stale = true;
  wall.drawSoon();
  soon();
});
store.on("cleared", () => { wall.empty(); wall.drawSoon(); });
store.on("faults", wall.drawHeads);
store.on("window", () => { wall.drawHeads(); templates.draw(); });
store.on("contents", templates.draw);
store.on("people", () => { wall.drawSoon(); wall.drawHeads(); });
store.on("unread", wall.drawSoon);
store.on("jobs", () => behind.draw());
store.on("selected", () => { behind.draw(); soon(); });
store.on("open", wall.open);
store.on("back", () => { document.body.dataset.view = "people"; });
store.on("changed", () => refresh(true));
store.on("notice", sayFor);
store.on("inspect", (message) => store.attempt(() => forms.inspect(message)));
store.on("why", (phone) => store.attempt(() => forms.why(phone)));
store.on("act", async (act, job) => { await store.attempt(() => ACTS[act](job)); behind.stale = true; soon(); });
store.on("caption", (text) => { $("caption").textContent = text; });
store.on("live", () => {
  $("live").textContent = store.state.live ? "live" : "not connected";
  $("live").classList.toggle("on", store.state.live);
});

const ACTS = {
  cancel: (job) => desk.post(`/api/jobs/${job.id}/cancel`, { reason: "Called off on the phones page" }),
  release: (job) => desk.post(`/api/jobs/${job.id}/release`, { reason: "Released on the phones page" }),
  move: (job) => {
    const [hour, minute] = job.inspection_time.split(":");
    return desk.put(`/api/jobs/${job.id}`, { inspection_time: `${String((Number(hour) + 1) % 24).padStart(2, "0")}:${minute}` });
  },
};

// Tools and keys.

$("new-agent").addEventListener("click", forms.newAgent);
$("new-inspection").addEventListener("click", forms.newInspection);
$("templates").addEventListener("click", templates.show);
$("keys").addEventListener("click", forms.keys);
$("theme").addEventListener("click", turn);
$("search").addEventListener("input", wall.drawSoon);
listenTo($("roster"));
for (const button of $("tabs").children) {
  button.addEventListener("click", () => { document.body.dataset.view = button.dataset.to; behind.stale = true; soon(); });
}

const KEYS = { "/": () => $("search").focus(), a: forms.newAgent, i: forms.newInspection, t: templates.show, "[": () => wall.step(-1),
  "]": () => wall.step(1), b: () => document.body.classList.toggle("without-behind"), d: turn, "?": forms.keys };

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeMenus();
    document.activeElement?.blur?.();
  }
  const typing = event.target.closest("input, textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
document.addEventListener("click", (event) => closeMenus(event.target));

function closeMenus(besides = null) {
  for (const menu of document.querySelectorAll("details.switches[open]")) if (!menu.contains(besides)) menu.open = false;
}

// Begin.

begin();
const facts = await desk.meet();
inZone(facts.timezone);
$("docs").href = `${facts.api}/docs`;
if (facts.flower) Object.assign($("flower"), { href: facts.flower, hidden: false });
listen();
await refresh(true);
document.body.classList.add("ready");
wall.draw();
let rounds = 0;
setInterval(() => document.hidden || refresh(++rounds % EVERYBODY === 0), 1000);
