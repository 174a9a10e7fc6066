// The column of an inspection's offers: a summary of the latest round, then one row an agent, the winner first.

import { h, seconds } from "./dom.js";

// The words of the summary for an offer's state, in their order.
const ANSWERS = { open: "open", declined: "no", claimed: "yes", won: "yes", released: "given back", taken: "taken", closed: "closed", withdrawn: "withdrawn" };
const ORDER = ["won", "claimed", "open", "released", "declined", "taken", "closed", "withdrawn"];

// Return "40 open · 2 no · 1 yes" for the latest round, with its number from the second round on.
export function tally(offers) {
  const round = Math.max(...offers.map((offer) => offer.round));
  const counts = new Map();
  for (const offer of offers) {
    if (offer.round !== round) continue;
    const answer = ANSWERS[offer.state];
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const parts = [...new Set(Object.values(ANSWERS))].filter((answer) => counts.has(answer)).map((answer) => `${counts.get(answer)} ${answer}`);
  return `${round > 1 ? `Round ${round}: ` : ""}${parts.join(" · ")}`;
}

// Return the table of offers, and of the agents who have none. `nameOf` returns a phone's name; `why` its button.
// While there is one round only, the column of rounds is left out.
export function table(offers, others, nameOf, why) {
  const place = ({ state, claimed_at }) => ORDER.indexOf(state) - (claimed_at ? 0.5 : 0);
  const sorted = offers.toSorted((one, other) => (other.state === "won") - (one.state === "won") || other.round - one.round
    || place(one) - place(other) || nameOf(one.agent_phone).localeCompare(nameOf(other.agent_phone)));
  const rounds = offers.some(({ round }) => round > 1);
  const row = (name, phone, kind, round, offer, at) => h(`tr${kind}`, {}, h("th", { scope: "row" }, h("bdi", {}, name)),
    rounds ? h("td", {}, round) : null, h("td", {}, offer), h("td", {}, at), h("td", {}, why(phone)));
  return h("table", {},
    h("thead", {}, h("tr", {}, ["Agent", rounds ? "Round" : null, "Offer", "YES at"].filter(Boolean).map((title) => h("th", { scope: "col" }, title)), h("td"))),
    h("tbody", {},
      sorted.map((offer) => row(nameOf(offer.agent_phone), offer.agent_phone, offer.state === "won" ? ".winner" : "", String(offer.round),
        h(`span.chip.${offer.state}`, {}, offer.state), offer.claimed_at ? seconds(offer.claimed_at) : "—")),
      others.map(({ phone, name, status }) => row(name, phone, ".not", "—", status === "active" ? "not offered" : status, "—"))));
}
