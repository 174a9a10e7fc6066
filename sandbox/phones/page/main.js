// Connects the parts of the page: events and fetched data to the views, keys and toolbar to their actions.

import { Activity } from "./activity.js";
import * as api from "./api.js";
import { ask } from "./asking.js";
import * as dialogs from "./dialogs.js";
import { setTimeZone } from "./dom.js";
import * as following from "./following.js";
import { startLayout, toggleTheme } from "./layout.js";
import { handleClicks } from "./people.js";
import * as polling from "./polling.js";
import * as store from "./state.js";
import { enter, rove } from "./roving.js";
import { openStream } from "./stream.js";
import * as templates from "./templates.js";
import * as waiting from "./waiting.js";
import * as wall from "./wall.js";

const $ = (id) => document.getElementById(id);
const activity = new Activity($("columns"));
const PEOPLE_EVERY = 3;   // fetch the people in every third refresh

let due = null;
function refreshSoon() {
  due ??= setTimeout(() => { due = null; refresh(); }, 150);
}

// One refresh at a time. If people are wanted while one runs, the next refresh fetches them.
let running = false;
let peopleWanted = false;
async function refresh(people = false) {
  peopleWanted ||= people;
  if (running) return;
  running = true;
  try {
    const all = peopleWanted;
    if (all) await polling.refreshPeople();
    peopleWanted = false;
    await polling.refreshJobs();
    await activity.refresh();
    if (all) await waiting.refresh($("waiting"));
    showNotice("connection", "");
  } catch (error) {
    showNotice("connection", `The desk does not answer; trying again. ${error.message}`);
  } finally {
    running = false;
  }
}

// The notice at the foot: the error of a user's action for some seconds, else the desk's connection problem.
const notices = { action: "", connection: "" };
let hideNotice = null;
function showNotice(kind, text) {
  notices[kind] = text;
  const shown = notices.action || notices.connection;
  if ($("notice").textContent !== shown) $("notice").textContent = shown;
}
function showActionError(text, ms = 6000) {
  clearTimeout(hideNotice);
  showNotice("action", text);
  hideNotice = setTimeout(() => showNotice("action", ""), ms);
}

store.on("messages", (changed, messages) => {
  for (const phone of changed) wall.phones.get(phone)?.update(messages);
  peopleWanted ||= [...changed].some((phone) => store.people.get(phone)?.role === "stranger");
  activity.stale = true;
  wall.drawSoon();
  refreshSoon();
});
store.on("cleared", () => { wall.empty(); wall.drawSoon(); });
store.on("faults", wall.drawHeads);
store.on("window", () => { wall.drawHeads(); templates.draw(); });
store.on("contents", templates.draw);
store.on("people", () => { wall.drawSoon(); wall.drawHeads(); following.draw($("caption"), store.state.caption); });
store.on("unread", wall.drawSoon);
store.on("jobs", () => { activity.draw(); drawFilter(); });
store.on("selected", () => { activity.draw(); drawFilter(); refreshSoon(); });
store.on("offered", drawFilter);
store.on("open", wall.open);
store.on("entered", wall.entered);
store.on("everyone", wall.showEveryone);
store.on("new", (what) => (what === "agent" ? dialogs.newAgent() : dialogs.newInspection()));
store.on("back", () => { document.body.dataset.view = "people"; });
store.on("changed", () => refresh(true));
store.on("notice", showActionError);
store.on("details", (message) => store.attempt(() => dialogs.showMessage(message)));
store.on("why", (phone) => store.attempt(() => dialogs.showWhy(phone)));
store.on("action", async (action, job) => {
  await store.attempt(async () => { if (await ask(action, job)) await ACTIONS[action](job); });
  activity.stale = true;
  refreshSoon();
});
store.on("caption", (caption) => following.show($("caption"), caption));
store.on("live", () => {
  $("live").textContent = store.state.live ? "live" : "not connected";
  $("live").classList.toggle("on", store.state.live);
});

const ACTIONS = {
  cancel: (job) => api.post(`/api/jobs/${job.id}/cancel`, { reason: "Cancelled on the phones page" }),
  release: (job) => api.post(`/api/jobs/${job.id}/release`, { reason: "Released on the phones page" }),
  move: (job) => {
    const [hour, minute] = job.inspection_time.split(":");
    return api.put(`/api/jobs/${job.id}`, { inspection_time: `${String((Number(hour) + 1) % 24).padStart(2, "0")}:${minute}` });
  },
};

// The filter for the people of the selected inspection shows its code.
function drawFilter() {
  const code = store.jobs.get(store.state.job)?.code ?? "Job";
  if ($("of-job").textContent !== code) $("of-job").textContent = code;
  if (document.querySelector("#filter [value=job]").checked) wall.drawSoon();
}

// Toolbar and keys.

$("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.body.dataset.view = "activity";
  document.body.classList.remove("without-activity");
  const jobs = document.querySelector(".jobs .body");
  if (!enter(jobs)) jobs.focus();
});

$("new-agent").addEventListener("click", dialogs.newAgent);
$("new-inspection").addEventListener("click", dialogs.newInspection);
$("templates").addEventListener("click", templates.show);
$("keys").addEventListener("click", dialogs.showKeys);
$("theme").addEventListener("click", toggleTheme);
$("search").addEventListener("input", wall.drawSoon);
$("search").addEventListener("keydown", (event) => { if (event.key === "Enter") wall.pick(); });
$("filter").addEventListener("change", wall.drawSoon);
rove($("roster"), "button");
handleClicks($("roster"));
for (const button of $("tabs").children) {
  button.addEventListener("click", () => { document.body.dataset.view = button.dataset.to; activity.stale = true; refreshSoon(); });
}

const KEYS = { "/": () => $("search").focus(), a: dialogs.newAgent, i: dialogs.newInspection, t: templates.show, "[": () => wall.step(-1),
  "]": () => wall.step(1), b: () => document.body.classList.toggle("without-activity"), d: toggleTheme, "?": dialogs.showKeys };

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeMenus();
    document.activeElement?.blur?.();
  }
  const typing = event.target.closest("input:not([type=radio]), textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
document.addEventListener("click", (event) => closeMenus(event.target));

function closeMenus(except = null) {
  for (const menu of document.querySelectorAll("details.switches[open]")) if (!menu.contains(except)) menu.open = false;
}

// Start.

startLayout();
wall.draw();
activity.draw();
const facts = await api.loadFacts();
setTimeZone(facts.timezone);
$("docs").href = `${facts.api}/docs`;
if (facts.flower) Object.assign($("flower"), { href: facts.flower, hidden: false });
openStream();
await refresh(true);
document.body.classList.add("ready");
wall.draw();
let rounds = 0;
setInterval(() => {
  if (document.hidden) return;
  refresh(++rounds % PEOPLE_EVERY === 0);
  following.follow();
}, 1000);
