// Roving focus: a list is one stop of the Tab key. Inside the list, the arrow keys, Home, End, Page Up and Page Down move.

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };
const rovers = new Map();  // list -> its rover

const selected = (known) => known.find((item) => item.getAttribute("aria-current") === "true");

// Make a list one tab stop. `items` selects its buttons. While the focus is outside, the stop is the item that `home` returns,
// else the first. A list that is not `open` has no stop; a press still reaches its buttons.
export function rove(list, items, { home = selected, open = () => true } = {}) {
  let current = null;
  const all = () => [...list.querySelectorAll(items)].filter((item) => !item.disabled);
  const rover = {
    // Return the item that the Tab key reaches.
    stop() {
      const known = all();
      return known.includes(current) ? current : (current && known.find((item) => isSame(item, current))) ?? home(known) ?? known[0] ?? null;
    },
    update() {
      const stop = open() ? rover.stop() : null;
      for (const item of all()) if (item.tabIndex !== (item === stop ? 0 : -1)) item.tabIndex = item === stop ? 0 : -1;
    },
  };
  list.addEventListener("focusin", (event) => {
    current = event.target.closest(items) ?? current;
    rover.update();
  });
  list.addEventListener("focusout", (event) => {
    if (list.contains(event.relatedTarget)) return;
    current = null;
    rover.update();
  });
  list.addEventListener("keydown", (event) => {
    const known = all();
    const at = known.indexOf(event.target.closest(items));
    if (at < 0 || !(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const to = known[Math.min(known.length - 1, Math.max(0, at + STEPS[event.key]))];
    to.focus();
    to.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  new MutationObserver(rover.update).observe(list, { childList: true, subtree: true });
  rovers.set(list, rover);
  rover.update();
  return rover;
}

// Focus the list's stop. Return whether the list has one.
export function enter(list) {
  const stop = rovers.get(list)?.stop();
  stop?.focus();
  return Boolean(stop);
}

// Whether a redrawn item is the same as one before: both have the same value of their first data attribute.
function isSame(item, before) {
  const [name, value] = Object.entries(before.dataset)[0] ?? [];
  return name !== undefined && item.dataset[name] === value;
}
