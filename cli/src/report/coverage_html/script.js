
"use strict";
(() => {
  const root = document.documentElement;
  const panel = document.getElementById("panel");
  const told = document.getElementById("told");
  const theme = document.getElementById("theme");
  const gaps = Array.from(document.querySelectorAll(".source [tabindex]"));
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
  let at = -1;

  const tell = (event) => {
    const piece = event.target.closest ? event.target.closest(".source [title]") : null;
    if (piece) told.textContent = piece.title;
  };

  // Scrolling moves the page below a mouse that rests; only one that moves points at something.
  let mouse = "";
  const point = (event) => {
    const place = `${event.screenX},${event.screenY}`;
    if (place !== mouse) tell(event);
    mouse = place;
  };

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);
  const toggle = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    theme.setAttribute("aria-pressed", String(isDark()));
  };

  const go = (by) => {
    if (gaps.length === 0) return;
    const focused = gaps.indexOf(document.activeElement);
    if (focused >= 0) at = focused;
    at = at < 0 ? (by > 0 ? 0 : gaps.length - 1) : (at + by + gaps.length) % gaps.length;
    gaps[at].focus({ preventScroll: true });
    gaps[at].scrollIntoView({ block: "center" });
  };

  document.addEventListener("mousemove", point);
  document.addEventListener("focusin", tell);
  theme.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "t") toggle();
    else return;
    event.preventDefault();
  });
  panel.hidden = false;
  theme.hidden = false;
})();
