// Listening to the pretend Twilio: all that was said, then each change. A page that nobody looks at does not listen.

import { forget, state, take, tell } from "./state.js";

const TOGETHER = 60;  // ms in which changes are taken as one: a broadcast changes everything at once
let stream = null;
let last = "";
let caughtUp = false;
let waiting = [];
let due = null;

export function listen() {
  if (stream) return;
  stream = new EventSource(`/sandbox/events?last=${last}`);
  stream.addEventListener("open", () => live(true));
  stream.addEventListener("error", () => live(false));
  stream.addEventListener("messages", (event) => {
    last = event.lastEventId;
    waiting.push(...JSON.parse(event.data));
    due ??= setTimeout(flush, TOGETHER);
  });
  stream.addEventListener("faults", (event) => {
    flush();
    caughtUp = true;  // they come after all that was said before
    state.faults = JSON.parse(event.data);
    tell("faults");
  });
  for (const name of ["contents", "window"]) {
    stream.addEventListener(name, (event) => {
      state[name] = JSON.parse(event.data);
      tell(name);
    });
  }
  stream.addEventListener("caption", (event) => tell("caption", JSON.parse(event.data)));
  stream.addEventListener("cleared", (event) => {
    last = event.lastEventId;
    waiting = [];
    forget();
  });
}

function flush() {
  clearTimeout(due);
  due = null;
  const changed = waiting;
  waiting = [];
  if (changed.length) take(changed, caughtUp);
}

function live(is) {
  state.live = is;
  tell("live");
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stream?.close();
    stream = null;
  } else {
    listen();
  }
});
