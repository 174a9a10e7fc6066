// The page's frame: dark or light, and the splitter between the phones and what is behind them.

const root = document.documentElement;
const splitter = document.getElementById("splitter");

export function turn() {
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}

function split(percent) {
  const kept = Math.round(Math.min(75, Math.max(15, percent)));
  splitter.setAttribute("aria-valuenow", kept);
  document.body.style.setProperty("--behind", `${kept}vh`);
}

// Turn to the theme that was chosen before, and let the splitter be moved by pointer or by the arrow keys.
export function begin() {
  const theme = localStorage.getItem("theme");
  if (theme) root.dataset.theme = theme;
  splitter.addEventListener("pointerdown", (event) => splitter.setPointerCapture(event.pointerId));
  splitter.addEventListener("pointermove", (event) => {
    if (splitter.hasPointerCapture(event.pointerId)) split((1 - event.clientY / innerHeight) * 100);
  });
  splitter.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 4, ArrowDown: -4 }[event.key];
    if (by) { event.preventDefault(); split(Number(splitter.getAttribute("aria-valuenow")) + by); }
  });
}
