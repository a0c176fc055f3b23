// What every page gains with JavaScript: submit once, `/` to search, the colour scheme's switch.

// A second click while the answer is on its way sends nothing.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
// Coming back with the browser's button opens the form again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
  const palette = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  const find = document.querySelector("#find");
  if (!find || !(slash || palette)) return;
  event.preventDefault();
  find.focus();
  find.select();
});

// Filters apply as they are chosen; the button stays for who has no JavaScript.
for (const select of document.querySelectorAll("form[data-apply] select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

// The address of a field goes where one may paste it.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.copied;
  });
}

const themes = document.querySelector("[data-theme-switch]");
if (themes) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const show = () => {
    themes.title = dark() ? themes.dataset.light : themes.dataset.dark;
    themes.setAttribute("aria-label", themes.title);
  };
  themes.hidden = false;
  show();
  system.addEventListener("change", show);
  themes.addEventListener("click", () => {
    const chosen = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = chosen;
    try {
      localStorage.setItem("theme", chosen);
    } catch {
      // Storage is closed to us: the choice lasts for this page.
    }
    show();
  });
}
