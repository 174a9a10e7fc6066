// The notice above the phones: messages that were given up, why, and a button that sends them again.

import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { attempt, jobs, state } from "./state.js";

const NO_TEMPLATE = "24-hour window is closed";  // of the error of a message that needs an approved template
const GOES_ON = new Set(["pending", "assigned", "approved", "in_progress"]);
const AGAIN = 10_000;     // ms between two tries
const GIVE_UP = 120_000;  // ms after which the page stops to try: the desk reads approvals once a minute
let sending = null;       // {since, at}: since when the page sends again, and when it did so last

// Fetch the messages that were given up, send them again if the user wants that, draw the notice.
export async function refresh(element) {
  const parked = (await api.get("/api/messages/?status=parked&direction=outbound&page_size=100")).filter(stillMatters);
  if (!parked.length || (sending && Date.now() - sending.since > GIVE_UP)) sending = null;
  draw(element, parked);
  if (sending && Date.now() - sending.at >= AGAIN) await sendAgain(parked);
}

// An offer matters while its inspection is pending; another message until its inspection is over.
function stillMatters({ job_id, kind }) {
  const job = jobs.get(job_id);
  return !job || (kind.startsWith("offer") ? job.status === "pending" : GOES_ON.has(job.status));
}

function draw(element, parked) {
  element.hidden = !parked.length;
  const needsTemplate = parked.some(({ error }) => error?.includes(NO_TEMPLATE));
  const undecided = state.contents.some(({ status }) => status === "received" || status === "pending");
  const many = `${parked.length === 100 ? "100 or more" : parked.length} ${parked.length === 1 ? "message was" : "messages were"} not sent`;
  const why = !needsTemplate ? parked[0]?.error ?? "The reason is unknown."
    : undecided ? "The desk's templates are pushed, but not approved. Outside of the 24-hour window only approved templates may be sent. You play Meta here."
    : "Outside of the 24-hour window only approved templates may be sent. The desk reads approvals once a minute.";
  fill(element, parked.length ? [h("p", {}, h("b", {}, `${many}. `), why, sending ? " Sending again …" : null),
    h("button.strong", { type: "button", disabled: Boolean(sending) }, needsTemplate && undecided ? "Approve and send again" : "Send again")] : null);
  const button = element.querySelector("button");
  if (button) button.onclick = () => start(element, parked, needsTemplate && undecided);
}

async function start(element, parked, approve) {
  if (approve && !await attempt(() => api.decideTemplates("approved"))) return;
  sending = { since: Date.now(), at: 0 };
  draw(element, parked);
  await sendAgain(parked);
}

// A message that is sent in this moment, or was withdrawn, is refused: the next refresh shows the rest.
async function sendAgain(parked) {
  sending.at = Date.now();
  for (const { id } of parked) await api.post(`/api/messages/${id}/retry`, {}).catch(() => null);
}
