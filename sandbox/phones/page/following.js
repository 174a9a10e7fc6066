// Follows the demo: moves to the phone that acts and to its inspection, unless the user does something.

import { h } from "./dom.js";
import { jobs, people, select, state } from "./state.js";
import * as wall from "./wall.js";

const QUIET = 5000;  // ms after a press, a key or a scroll in which the page stays where the user is
let touched = -Infinity;
let wanted = null;   // the caption that the page has not followed yet: its phone is not known, or the user is busy

for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
  addEventListener(kind, () => { touched = performance.now(); }, { capture: true, passive: true });
}

function isBusy() {
  const typing = document.activeElement?.closest("input:not([type=radio]), textarea, select");
  return performance.now() - touched < QUIET || Boolean(typing?.value) || Boolean(document.querySelector("dialog[open], details[open]"));
}

// Show a caption, with the name of the person to look at. Move there now, or as soon as that is possible.
export function show(element, caption) {
  wanted = caption;
  draw(element, caption);
  wall.drawSoon();
  follow();
}

export function draw(element, { text, phone }) {
  const name = phone && people.get(phone)?.name;
  element.replaceChildren(...(text ? [h("span", {}, text), name ? h("small", {}, "look at ", h("bdi", {}, name)) : null].filter(Boolean) : []));
}

// Move to the place of the latest caption. A caption is followed once.
export function follow() {
  if (!wanted || isBusy()) return;
  const { phone, job } = wanted;
  if (phone && !wall.phones.has(phone)) return;
  wanted = null;
  if (job && (job !== state.job || !state.pinned) && (jobs.has(job) || !phone)) select(job);
  if (phone) wall.lookAt(phone);
}
