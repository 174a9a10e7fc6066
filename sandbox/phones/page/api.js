// Calls to the desk's API and to the pretend Twilio.

export let facts = { api: "", key: "", flower: null, timezone: "UTC" };

class RequestFailed extends Error {
  constructor(answer) {
    super(answer.message || "The request failed.");
    this.errors = answer.errors || {};
  }
}

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.status === 204) return null;
  const result = await answer.json().catch(() => ({ message: `${answer.status} ${answer.statusText}` }));
  if (!answer.ok) throw new RequestFailed(result);
  return result;
}

export const get = (path) => call("GET", `/desk${path}`);
export const post = (path, body) => call("POST", `/desk${path}`, body);
export const put = (path, body) => call("PUT", `/desk${path}`, body);

// Return the desk's address, time zone and Flower link; keep them in `facts`.
export async function loadFacts() {
  facts = await call("GET", "/desk/facts");
  return facts;
}

export const queues = () => call("GET", "/desk/queues");
// Send a person's message or button tap to the desk. `more` may hold quoted_sid, payload, button_text, sid and the sender's number `to`.
export const sendMessage = (from, text, more = {}) => call("POST", "/sandbox/say",
  Object.fromEntries(Object.entries({ from, text, ...more }).filter(([, value]) => value !== null && value !== undefined)));
// Deliver a person's message again, under the same SID.
export const redeliver = ({ phone, text, sid, quoted_sid, payload, button_text, sender }) =>
  sendMessage(phone, text, { sid, quoted_sid, payload, button_text, to: sender });
export const setFault = (fault) => call("PUT", "/sandbox/faults", fault);
export const endFault = (phone, kind) =>
  call("DELETE", `/sandbox/faults?phone=${encodeURIComponent(phone)}&kind=${kind}`);

export const setTemplateStatus = (sid, status) => call("PUT", `/sandbox/contents/${sid}`, { status });
// Decide all templates that wait for a decision. Returns how many have which status now.
export const decideTemplates = (status) => call("PUT", "/sandbox/contents", { status });
export const enforceWindow = (enforced) => call("PUT", "/sandbox/window", { enforced });
export const advanceClock = (forward_seconds) => call("POST", "/sandbox/clock", { forward_seconds });

// Return the curl command for a POST to the API, ready to paste into a terminal.
export function curl(path, body) {
  const quoted = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  return `curl -sS ${facts.api}${path} \\\n  -H "Authorization: Bearer $API_KEY" \\\n`
    + `  -H 'Content-Type: application/json' -d '${quoted}'`;
}
