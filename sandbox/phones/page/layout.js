// The page's layout: dark or light theme, and the splitter between the phones and the activity panel.

const root = document.documentElement;
const splitter = document.getElementById("splitter");

export function toggleTheme() {
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}

function setSplit(percent) {
  const kept = Math.round(Math.min(75, Math.max(15, percent)));
  splitter.setAttribute("aria-valuenow", kept);
  document.body.style.setProperty("--activity", `${kept}vh`);
}

// Apply the stored theme. Let the user move the splitter with the pointer or the arrow keys.
export function startLayout() {
  const theme = localStorage.getItem("theme");
  if (theme) root.dataset.theme = theme;
  splitter.addEventListener("pointerdown", (event) => splitter.setPointerCapture(event.pointerId));
  splitter.addEventListener("pointermove", (event) => {
    if (splitter.hasPointerCapture(event.pointerId)) setSplit((1 - event.clientY / innerHeight) * 100);
  });
  splitter.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 4, ArrowDown: -4 }[event.key];
    if (by) { event.preventDefault(); setSplit(Number(splitter.getAttribute("aria-valuenow")) + by); }
  });
}
