
"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const filter = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const rows = Array.from(document.querySelectorAll(".filtered tbody tr"));
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);
  const toggle = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    theme.setAttribute("aria-pressed", String(isDark()));
  };

  const narrow = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) count += 1;
    }
    shown.textContent = words.length ? `${count} of ${rows.length} rows` : "";
  };

  theme.addEventListener("click", toggle);
  filter.addEventListener("input", narrow);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === filter) {
      if (event.key !== "Escape") return;
      filter.value = "";
      narrow();
      filter.blur();
    } else if (event.key === "/") filter.focus();
    else if (event.key === "t") toggle();
    else return;
    event.preventDefault();
  });
  theme.hidden = false;
  filter.parentElement.hidden = false;
})();
