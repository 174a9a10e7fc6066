// Speaking to the desk's API and to the pretend Twilio.

export let facts = { api: "", key: "", flower: null, timezone: "UTC" };

class Refused extends Error {
  constructor(answer) {
    super(answer.message || "It did not work.");
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
  const said = await answer.json().catch(() => ({ message: `${answer.status} ${answer.statusText}` }));
  if (!answer.ok) throw new Refused(said);
  return said;
}

export const get = (path) => call("GET", `/desk${path}`);
export const post = (path, body) => call("POST", `/desk${path}`, body);
export const put = (path, body) => call("PUT", `/desk${path}`, body);

export async function meet() {
  facts = await call("GET", "/desk/facts");
  return facts;
}

export const queues = () => call("GET", "/desk/queues");
// What a person writes or taps; `more` may name quoted_sid, payload, button_text, sid, and the sender written `to`.
export const say = (from, text, more = {}) => call("POST", "/sandbox/say",
  Object.fromEntries(Object.entries({ from, text, ...more }).filter(([, value]) => value !== null && value !== undefined)));
export const sayAgain = ({ phone, text, sid, quoted_sid, payload, button_text, sender }) =>
  say(phone, text, { sid, quoted_sid, payload, button_text, to: sender });
export const setFault = (fault) => call("PUT", "/sandbox/faults", fault);
export const endFault = (phone, kind) =>
  call("DELETE", `/sandbox/faults?phone=${encodeURIComponent(phone)}&kind=${kind}`);

export const decide = (sid, status) => call("PUT", `/sandbox/contents/${sid}`, { status });
export const enforceWindow = (enforced) => call("PUT", "/sandbox/window", { enforced });
export const putOnTheClock = (forward_seconds) => call("POST", "/sandbox/clock", { forward_seconds });

// The same call as somebody would paste it into a terminal.
export function curl(path, body) {
  const quoted = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  return `curl -sS ${facts.api}${path} \\\n  -H 'Authorization: Bearer ${facts.key}' \\\n`
    + `  -H 'Content-Type: application/json' -d '${quoted}'`;
}
