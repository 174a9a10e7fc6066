// The event stream of the pretend Twilio: first all messages, then each change. Closed while the page is hidden.

import { clearMessages, emit, state, storeMessages } from "./state.js";

const BATCH = 60;  // ms to collect changes before drawing: a broadcast changes many messages at once
let stream = null;
let last = "";
let caughtUp = false;
let waiting = [];
let due = null;

export function openStream() {
  if (stream) return;
  stream = new EventSource(`/sandbox/events?last=${last}`);
  stream.addEventListener("open", () => setLive(true));
  stream.addEventListener("error", () => setLive(false));
  stream.addEventListener("messages", (event) => {
    last = event.lastEventId;
    waiting.push(...JSON.parse(event.data));
    due ??= setTimeout(flush, BATCH);
  });
  stream.addEventListener("faults", (event) => {
    flush();
    caughtUp = true;  // the server sends the faults after all earlier messages
    state.faults = JSON.parse(event.data);
    emit("faults");
  });
  for (const name of ["contents", "window"]) {
    stream.addEventListener(name, (event) => {
      state[name] = JSON.parse(event.data);
      emit(name);
    });
  }
  stream.addEventListener("caption", (event) => {
    state.caption = JSON.parse(event.data);
    emit("caption", state.caption);
  });
  stream.addEventListener("cleared", (event) => {
    last = event.lastEventId;
    waiting = [];
    clearMessages();
  });
}

function flush() {
  clearTimeout(due);
  due = null;
  const changed = waiting;
  waiting = [];
  if (changed.length) storeMessages(changed, caughtUp);
}

function setLive(live) {
  state.live = live;
  emit("live");
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stream?.close();
    stream = null;
  } else {
    openStream();
  }
});
