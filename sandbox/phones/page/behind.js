// Behind it: the job, its offers, its messages, what falls due and what waits in the queues.

import * as desk from "./desk.js";
import { clock, distance, fill, h, seconds } from "./dom.js";
import { pagesOf } from "./asking.js";
import { jobs, people, select, state, tell } from "./state.js";

const NOTHING = { of: null, at: 0, timeline: [], offers: [], messages: [], timers: [] };
const AGAIN = 5000;  // ms after which a job's facts are asked for again although nothing seems to have happened
const LATEST = 100;
// What the platform may do, by how the job stands.
const MAY = { move: ["pending", "assigned", "approved"], release: ["assigned", "approved", "in_progress"],
  cancel: ["pending", "assigned", "approved", "in_progress"] };
const WAY = ["pending", "assigned", "approved", "in_progress", "completed"];
const words = (name) => name.replaceAll("_", " ");
const nameOf = (phone) => people.get(phone)?.name ?? phone ?? "";

export class Behind {
  constructor(element) {
    this.facts = NOTHING;
    this.stale = true;
    this.queues = null;
    this.columns = Object.fromEntries([
      ["jobs", "Inspections"], ["story", "What happened"], ["offers", "Offers"], ["messages", "Messages"], ["due", "Falls due"],
    ].map(([key, title]) => [key, this.column(element, key, title)]));
    setInterval(() => this.drawDue(), 1000);
  }

  column(element, key, title) {
    const body = h("div.body", { tabIndex: 0, role: "group", "aria-label": title });
    element.append(h(`section.column.${key}`, {}, h("h2", {}, title), body));
    return body;
  }

  get job() {
    return jobs.get(state.job) ?? null;
  }

  async refresh() {
    this.queues = await desk.queues();
    const { job } = this;
    const old = job && (this.facts.of !== job.id || this.facts.updated !== job.updated_at || Date.now() - this.facts.at > AGAIN);
    if (job && (old || this.stale)) {
      this.stale = false;
      const [timeline, offers, messages, timers] = await Promise.all([
        desk.get(`/api/jobs/${job.id}/timeline`), pagesOf(`/api/jobs/${job.id}/offers`, 10),
        desk.get(`/api/messages/?job_id=${job.id}&page_size=${LATEST}`), desk.get(`/api/jobs/${job.id}/timers`)]);
      this.facts = { of: job.id, at: Date.now(), updated: job.updated_at, timeline, offers, messages, timers };
    }
    this.draw();
  }

  draw() {
    const { job } = this;
    if (this.facts.of !== state.job) this.facts = NOTHING;  // not yet asked for
    const listed = state.newest.some(({ id }) => id === state.job) || !job ? state.newest : [job, ...state.newest];
    fill(this.columns.jobs, listed.length ? listed.map((each) => this.row(each)) : hint("No inspections yet."));
    for (const button of this.columns.jobs.querySelectorAll("button")) {
      button.onclick = () => select(button.dataset.job);
    }
    if (!job) {
      for (const key of ["story", "offers", "messages"]) fill(this.columns[key], hint("—"));
      this.drawDue();
      return;
    }
    this.drawStory(job);
    this.drawOffers();
    this.drawMessages();
    this.drawDue();
  }

  row(job) {
    const button = h("button.job", { type: "button", "aria-current": job.id === state.job ? "true" : null },
      h("b", {}, job.code), h("span.title", {}, job.property_details.title), chip(job.status),
      job.attention ? h("span.chip.attention", { title: "Operations should look at it" }, words(job.attention)) : null);
    button.dataset.job = job.id;
    return button;
  }

  drawStory(job) {
    const at = WAY.indexOf(job.status);
    fill(this.columns.story,
      h("p.head", {}, h("b", {}, job.code), " ", h("bdi", {}, job.property_details.title),
        `, ${job.inspection_date} ${job.inspection_time}`, h("br"), "for ", h("bdi", {}, job.client_details.name),
        job.assigned_agent ? [", by ", h("bdi", {}, nameOf(job.assigned_agent))] : null),
      h("ol.way", { "aria-label": "How far it is" }, WAY.map((step, n) => h(`li${n < at ? ".done" : n === at ? ".now" : ""}`,
        { "aria-current": n === at ? "step" : null }, words(step)))),
      at < 0 ? h("p", {}, chip(job.status)) : null,
      h("div.acts", { role: "group", "aria-label": "As the platform" },
        [["move", "Move by an hour"], ["release", "Release"], ["cancel", "Cancel"]].map(([act, title]) =>
          h("button", { type: "button", "data-act": act, disabled: !MAY[act].includes(job.status) }, title))),
      h("ol.timeline", {}, this.facts.timeline.map((event) => h("li", {},
        h("time", {}, seconds(event.at)), h("b", {}, words(event.name)),
        [nameOf(event.agent_phone), event.reason && words(event.reason), event.name === "moved" ? "another time or place" : null]
          .filter(Boolean).map((text) => h("span", {}, text))))));
    for (const button of this.columns.story.querySelectorAll("[data-act]")) {
      button.onclick = () => tell("act", button.dataset.act, job);
    }
  }

  drawOffers() {
    const asked = new Set(this.facts.offers.map((offer) => offer.agent_phone));
    const others = this.facts.of ? [...people.values()].filter(({ role, phone }) => role === "agent" && !asked.has(phone)) : [];
    fill(this.columns.offers,
      this.facts.offers.length || others.length ? h("table", {},
        h("thead", {}, h("tr", {}, ["Agent", "Round", "Offer", "Answered"].map((title) => h("th", { scope: "col" }, title)),
          h("td"))),
        h("tbody", {},
          this.facts.offers.map((offer) => h("tr", {}, h("th", { scope: "row" }, nameOf(offer.agent_phone)),
            h("td", {}, String(offer.round)), h("td", {}, chip(offer.state)),
            h("td", {}, offer.claimed_at ? seconds(offer.claimed_at) : "—"), h("td", {}, whyButton(offer.agent_phone)))),
          others.map(({ phone, name, status }) => h("tr.not", {}, h("th", { scope: "row" }, name), h("td", {}, "—"),
            h("td", {}, status === "active" ? "not asked" : status), h("td", {}, "—"), h("td", {}, whyButton(phone)))))) : hint("—"));
    for (const button of this.columns.offers.querySelectorAll("button")) {
      button.onclick = () => tell("why", button.dataset.phone);
    }
  }

  drawMessages() {
    fill(this.columns.messages, this.facts.messages.length ? h("ul.said", {}, this.facts.messages.map((message) => {
      const whose = message.agent_phone ? nameOf(message.agent_phone) : this.job.client_details.name;
      return h("li", {}, h("button", { type: "button", "data-id": message.id },
        h("time", {}, seconds(message.received_at ?? message.created_at)),
        h("b", {}, message.direction === "inbound" ? `${whose} →` : `→ ${whose}`),
        h("span.kind", {}, message.direction === "inbound" ? `“${message.text.slice(0, 60)}”` : words(message.kind)),
        chip(message.status), message.error_code ? h("span.chip.failed", {}, String(message.error_code)) : null));
    }), this.facts.messages.length === LATEST ? h("li.hint", {}, `The latest ${LATEST}.`) : null) : hint("Nothing was said about it yet."));
    for (const button of this.columns.messages.querySelectorAll("button")) {
      button.onclick = () => tell("inspect", { sid: button.dataset.id });
    }
  }

  drawDue() {
    const waiting = this.facts.timers.filter((timer) => timer.waiting);
    const lengths = this.queues && Object.entries(this.queues.waiting);
    fill(this.columns.due,
      this.job && waiting.length ? h("dl.timers", {}, waiting.flatMap((timer) => [h("dt", {}, words(timer.kind)),
        h("dd", { title: timer.due_at }, distance(timer.due_at), h("small", {}, ` ${clock(timer.due_at)}`))])) : hint("No timer waits."),
      h("h3", {}, "Queues"),
      lengths ? h("dl.queues", {}, lengths.flatMap(([name, length]) => [h("dt", {}, name), h(`dd${length ? ".busy" : ""}`, {}, String(length))]),
        h("dt", {}, "in workers' hands"), h("dd", {}, String(this.queues.taken))) : hint("Redis does not answer."),
      h("p.links", {}, desk.facts.flower ? [h("a", { href: desk.facts.flower, target: "_blank", rel: "noreferrer" }, "Flower"), " · "] : null,
        h("a", { href: `${desk.facts.api}/docs`, target: "_blank", rel: "noreferrer" }, "API")));
  }
}

const chip = (name) => h(`span.chip.${name}`, {}, words(name));
const hint = (text) => h("p.hint", {}, text);

function whyButton(phone) {
  const button = h("button.why", { type: "button", "aria-label": `Why: ${nameOf(phone)}` }, "why?");
  button.dataset.phone = phone;
  return button;
}
