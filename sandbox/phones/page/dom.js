// Creates elements; formats times and texts.

// h("p.big", {title: "…", onclick}, "text", child, …) returns an element. Props and children that are null or false are left out.
export function h(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && !key.includes("-") && key !== "list") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let minutes = null;
let withSeconds = null;
let withDay = null;

// Show all times in this time zone: the desk's, so that the page and the messages agree.
export function setTimeZone(timeZone) {
  const hourAndMinute = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
  minutes = new Intl.DateTimeFormat([], hourAndMinute);
  withDay = new Intl.DateTimeFormat([], { ...hourAndMinute, weekday: "short" });
  withSeconds = new Intl.DateTimeFormat([], { ...hourAndMinute, second: "2-digit" });
}
setTimeZone("UTC");

export const clock = (moment) => minutes.format(new Date(moment));
export const dayAndTime = (moment) => withDay.format(new Date(moment));
export const seconds = (moment) => withSeconds.format(new Date(moment));

// Return "in 4 min 10 s" or "3 s ago"; from one day on, days and hours.
export function distance(moment, now = Date.now()) {
  const left = Math.round((new Date(moment) - now) / 1000);
  const text = span(Math.abs(left));
  return left >= 0 ? `in ${text}` : `${text} ago`;
}

// Return a number of seconds as "4 min 10 s".
export function span(size) {
  const parts = size >= 86400 ? [[Math.floor(size / 86400), "d"], [Math.floor(size % 86400 / 3600), "h"]]
    : size >= 3600 ? [[Math.floor(size / 3600), "h"], [Math.floor(size % 3600 / 60), "min"]]
    : size >= 60 ? [[Math.floor(size / 60), "min"], [size % 60, "s"]] : [[size, "s"]];
  return parts.map(([value, unit]) => `${value} ${unit}`).join(" ");
}

// A mark counts only at the edge of a word: snake_case and 2*3*4 stay as they are.
const MARKS = [["*", "b"], ["_", "i"], ["~", "s"], ["```", "code"]].map(([mark, tag]) => {
  const m = mark.replaceAll("*", "\\*");
  return [new RegExp(`(?<![\\p{L}\\p{N}${m[0] === "\\" ? "\\*" : m[0]}])${m}(?=\\S)([^\\n]*?\\S)${m}(?![\\p{L}\\p{N}])`, "u"), tag];
});

// Return a text with WhatsApp's marks for bold, italic, strikethrough and code as elements.
export function formatted(text) {
  for (const [pattern, tag] of MARKS) {
    const found = pattern.exec(text);
    if (found) {
      const after = text.slice(found.index + found[0].length);
      return [...formatted(text.slice(0, found.index)), h(tag, {}, ...formatted(found[1])), ...formatted(after)];
    }
  }
  return text ? [text] : [];
}

export function initials(name) {
  return name.split(/\s+/).map((word) => [...word][0] ?? "").slice(0, 2).join("").toUpperCase();
}

// Return one of the eight colour classes in base.css, always the same one for a phone number.
export function colour(phone) {
  return `c${[...phone].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0)) % 997, 7) % 8}`;
}

const drawn = new WeakMap();  // element -> its HTML when it was filled: roving focus changes it afterwards

// Replace an element's children only if they look different, so that a selection survives.
// The focus moves to the new child with the same data attribute.
export function fill(element, ...children) {
  const fresh = document.createElement("div");
  fresh.append(...children.flat().filter(Boolean));
  if (drawn.get(element) === fresh.innerHTML) return;
  drawn.set(element, fresh.innerHTML);
  const focused = element.contains(document.activeElement) ? Object.entries(document.activeElement.dataset)[0] : null;
  element.replaceChildren(...fresh.childNodes);
  if (focused) element.querySelector(`[data-${focused[0]}="${CSS.escape(focused[1])}"]`)?.focus({ preventScroll: true });
}
