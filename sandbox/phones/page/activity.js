// The activity panel: jobs, and of the selected job its timeline, offers, messages and timers; lengths of the queues.

import * as api from "./api.js";
import { clock, distance, fill, h, seconds } from "./dom.js";
import * as offersOf from "./offers.js";
import { pagesOf } from "./polling.js";
import { rove } from "./roving.js";
import { emit, jobs, people, select, state } from "./state.js";

const NOT_FETCHED = { of: null, at: 0, timeline: [], offers: [], messages: [], timers: [] };
const EMPTY = { history: "The steps of an inspection appear here.", offers: "The agents who are asked appear here, with their answers.",
  messages: "WhatsApp messages about an inspection appear here.", scheduled: "Reminders and deadlines appear here." };
const MAX_AGE = 5000;  // ms after which a job's details are fetched again, even if the job looks unchanged
const LATEST = 100;
// For each platform action, the states of a job that allow it.
const ALLOWED_IN = { move: ["pending", "assigned", "approved"], release: ["assigned", "approved", "in_progress"],
  cancel: ["pending", "assigned", "approved", "in_progress"] };
const STATES = ["pending", "assigned", "approved", "in_progress", "completed"];
const spaced = (name) => name.replaceAll("_", " ");
const nameOf = (phone) => people.get(phone)?.name ?? phone ?? "";

export class Activity {
  constructor(element) {
    this.facts = NOT_FETCHED;
    this.stale = true;
    this.columns = Object.fromEntries([
      ["jobs", "Inspections"], ["history", "Timeline"], ["offers", "Offers"], ["messages", "Messages"], ["scheduled", "Scheduled"],
    ].map(([key, title]) => [key, this.column(element, key, title)]));
    for (const key of ["jobs", "history", "offers", "messages"]) rove(this.columns[key], "button");
    setInterval(() => this.drawScheduled(), 1000);
  }

  column(element, key, title) {
    const list = ["jobs", "offers", "messages"].includes(key);  // a list is scrolled with the arrow keys, from button to button
    const body = h("div.body", { tabIndex: list ? -1 : 0, role: "group", "aria-label": title });
    element.append(h(`section.column.${key}`, {}, h("h2", {}, title), body));
    return body;
  }

  get job() {
    return jobs.get(state.job) ?? null;
  }

  // Whether the selected job and its details were fetched, or there is no job at all.
  get fetched() {
    return this.job ? this.facts.of === this.job.id : state.newest !== undefined;
  }

  async refresh() {
    state.queues = await api.queues();
    const { job } = this;
    const changed = job && (this.facts.of !== job.id || this.facts.updated !== job.updated_at || Date.now() - this.facts.at > MAX_AGE);
    if (job && (changed || this.stale)) {
      this.stale = false;
      const [timeline, offers, messages, timers] = await Promise.all([
        api.get(`/api/jobs/${job.id}/timeline`), pagesOf(`/api/jobs/${job.id}/offers`, 10),
        api.get(`/api/messages/?job_id=${job.id}&page_size=${LATEST}`), api.get(`/api/jobs/${job.id}/timers`)]);
      this.facts = { of: job.id, at: Date.now(), updated: job.updated_at, timeline, offers, messages, timers };
      state.offered = { job: job.id, phones: offers.map((offer) => offer.agent_phone) };
      emit("offered");
    }
    this.draw();
  }

  draw() {
    const { job } = this;
    if (this.facts.of !== state.job) this.facts = NOT_FETCHED;
    const newest = state.newest ?? [];
    const listed = newest.some(({ id }) => id === state.job) || !job ? newest : [job, ...newest];
    fill(this.columns.jobs, listed.length ? listed.map((each) => this.row(each)) : state.newest ? hint("No inspections yet. Press + Inspection, or i.") : loading());
    for (const button of this.columns.jobs.querySelectorAll("button")) {
      button.onclick = () => select(button.dataset.job);
    }
    if (!job) {
      for (const key of ["history", "offers", "messages"]) fill(this.columns[key], this.fetched ? hint(EMPTY[key]) : loading());
      this.drawScheduled();
      return;
    }
    this.drawTimeline(job);
    if (this.fetched) {
      this.drawOffers();
      this.drawMessages();
    } else {
      for (const key of ["offers", "messages"]) fill(this.columns[key], loading());
    }
    this.drawScheduled();
  }

  row(job) {
    const button = h("button.job", { type: "button", "aria-current": job.id === state.job ? "true" : null },
      h("b", {}, job.code), chip(job.status),
      job.attention ? h("span.chip.attention", { title: "Operations should look at this inspection" }, spaced(job.attention)) : null,
      h("span.title", { dir: "auto" }, job.property_details.title));
    button.dataset.job = job.id;
    return button;
  }

  drawTimeline(job) {
    const at = STATES.indexOf(job.status);
    fill(this.columns.history,
      h("p.head", {}, h("b", {}, job.code), " ", h("bdi", {}, job.property_details.title),
        `, ${job.inspection_date} ${job.inspection_time}`, h("br"), "for ", h("bdi", {}, job.client_details.name),
        job.assigned_agent ? [", by ", h("bdi", {}, nameOf(job.assigned_agent))] : null),
      h("ol.progress", { "aria-label": "Progress" }, STATES.map((step, n) => h(`li${n < at ? ".done" : n === at ? ".now" : ""}`,
        { "aria-current": n === at ? "step" : null }, spaced(step)))),
      at < 0 ? h("p", {}, chip(job.status)) : null,
      h("div.acts", { role: "group", "aria-label": "Platform actions" },
        [["move", "Move by one hour"], ["release", "Release"], ["cancel", "Cancel"]].map(([action, title]) =>
          h("button", { type: "button", "data-action": action, disabled: !ALLOWED_IN[action].includes(job.status) }, title))),
      this.fetched ? null : loading(),
      h("ol.timeline", {}, this.facts.timeline.map((event) => h("li", {},
        h("time", {}, seconds(event.at)), h("b", {}, spaced(event.name)),
        [nameOf(event.agent_phone), event.reason && spaced(event.reason), event.name === "moved" ? "new time or place" : null]
          .filter(Boolean).map((text) => h("span", {}, text))))));
    for (const button of this.columns.history.querySelectorAll("[data-action]")) {
      button.onclick = () => emit("action", button.dataset.action, job);
    }
  }

  drawOffers() {
    const offered = new Set(this.facts.offers.map((offer) => offer.agent_phone));
    const others = [...people.values()].filter(({ role, phone }) => role === "agent" && !offered.has(phone));
    const { offers } = this.facts;
    fill(this.columns.offers,
      offers.length ? h("p.tally", {}, offersOf.tally(offers)) : hint(`Nobody has an offer of ${this.job.code}.`),
      offers.length || others.length ? offersOf.table(offers, others, nameOf, whyButton) : hint("Add an agent: active agents get the next offers."));
    for (const button of this.columns.offers.querySelectorAll("button")) {
      button.onclick = () => emit("why", button.dataset.phone);
    }
  }

  drawMessages() {
    fill(this.columns.messages, this.facts.messages.length ? h("ul.list", {}, this.facts.messages.map((message) => {
      const whose = message.agent_phone ? nameOf(message.agent_phone) : this.job.client_details.name;
      return h("li", {}, h("button", { type: "button", "data-id": message.id },
        h("time", {}, seconds(message.received_at ?? message.created_at)),
        h("b", {}, message.direction === "inbound" ? `${whose} →` : `→ ${whose}`),
        h("span.kind", {}, message.direction === "inbound" ? `“${message.text.slice(0, 60)}”` : spaced(message.kind)),
        chip(message.status), message.error_code ? h("span.chip.failed", {}, String(message.error_code)) : null));
    }), this.facts.messages.length === LATEST ? h("li.hint", {}, `The latest ${LATEST} messages.`) : null) : hint(`No messages about ${this.job.code} yet.`));
    for (const button of this.columns.messages.querySelectorAll("button")) {
      button.onclick = () => emit("details", { sid: button.dataset.id });
    }
  }

  drawScheduled() {
    const waiting = this.facts.timers.filter((timer) => timer.waiting);
    const lengths = state.queues && Object.entries(state.queues.waiting);
    fill(this.columns.scheduled,
      !this.fetched ? loading() : waiting.length ? h("dl.timers", {}, waiting.flatMap((timer) => [h("dt", {}, spaced(timer.kind)),
        h("dd", { title: timer.due_at }, distance(timer.due_at), h("small", {}, ` ${clock(timer.due_at)}`))])) : hint(this.job ? `Nothing is scheduled for ${this.job.code}.` : EMPTY.scheduled),
      h("h3", {}, "Queues"),
      lengths ? h("dl.queues", {}, lengths.flatMap(([name, length]) => [h("dt", {}, name), h(`dd${length ? ".busy" : ""}`, {}, String(length))]),
        h("dt", {}, "in progress"), h("dd", {}, String(state.queues.taken))) : state.queues === null ? hint("Redis does not answer.") : loading(),
      h("p.links", {}, api.facts.flower ? [h("a", { href: api.facts.flower, target: "_blank", rel: "noreferrer" }, "Flower"), " · "] : null,
        h("a", { href: `${api.facts.api}/docs`, target: "_blank", rel: "noreferrer" }, "API")));
  }
}

const chip = (name) => h(`span.chip.${name}`, {}, spaced(name));
const hint = (text) => h("p.hint", {}, text);
const loading = () => h("p.hint.loading", {}, "Loading …");

function whyButton(phone) {
  const button = h("button.why", { type: "button", "aria-label": `Why: ${nameOf(phone)}` }, "why?");
  button.dataset.phone = phone;
  return button;
}
