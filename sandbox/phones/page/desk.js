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
export const say = (from, text, quoted_sid) =>
  call("POST", "/sandbox/say", { from, text, ...(quoted_sid ? { quoted_sid } : {}) });
export const sayAgain = ({ phone, text, sid, quoted_sid }) =>
  call("POST", "/sandbox/say", { from: phone, text, sid, ...(quoted_sid ? { quoted_sid } : {}) });
export const setFault = (fault) => call("PUT", "/sandbox/faults", fault);
export const endFault = (phone, kind) =>
  call("DELETE", `/sandbox/faults?phone=${encodeURIComponent(phone)}&kind=${kind}`);

// The same call as somebody would paste it into a terminal.
export function curl(path, body) {
  const quoted = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  return `curl -sS ${facts.api}${path} \\\n  -H 'Authorization: Bearer ${facts.key}' \\\n`
    + `  -H 'Content-Type: application/json' -d '${quoted}'`;
}
