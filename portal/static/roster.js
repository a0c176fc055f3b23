// The roster with JavaScript: check all, quick choices, the count, and late registrations without reload.

const EVERY = 10_000;
const form = document.querySelector("[data-roster]");
const all = form.querySelector("[data-check-all]");
const count = form.querySelector("[data-count]");
const boxes = () => [...form.querySelectorAll("tbody input[type=checkbox]")];

function recount() {
  const list = boxes();
  const checked = list.filter((box) => box.checked).length;
  all.checked = checked > 0 && checked === list.length;
  all.indeterminate = checked > 0 && checked < list.length;
  count.textContent = `${checked} de ${list.length} cochés`;
}

form.addEventListener("change", (event) => {
  if (event.target === all) for (const box of boxes()) box.checked = all.checked;
  recount();
});

// A quick choice checks the rows that carry its tag, and only them.
for (const button of form.querySelectorAll("[data-choose]")) {
  button.addEventListener("click", () => {
    for (const box of boxes()) box.checked = box.dataset.tags.split(" ").includes(button.dataset.choose);
    recount();
  });
}
for (const part of form.querySelectorAll("[data-enhanced]")) part.hidden = false;
recount();

// Late registrations (LIS-5): live parts are taken from a fresh copy of the page; ticks and focus stay.
const seen = new Map();
for (const part of document.querySelectorAll("[data-live]")) seen.set(part.dataset.live, part.innerHTML);

function take(fresh) {
  const ticks = new Map(boxes().map((box) => [box.value, box.checked]));
  const { name, value } = document.activeElement;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!next || next.innerHTML === seen.get(part.dataset.live)) continue;
    seen.set(part.dataset.live, next.innerHTML);
    part.replaceChildren(...next.childNodes);
  }
  const added = boxes().filter((box) => !ticks.has(box.value));
  for (const box of boxes()) box.checked = ticks.get(box.value) ?? box.checked;
  for (const box of added) box.closest("tr").classList.add("new");
  if (added.length) {
    form.querySelector("[data-announce]").textContent =
      `Nouvelle inscription : ${added.map((box) => box.dataset.name).join(", ")}`;
  }
  if (name && value && document.activeElement === document.body) {
    form.querySelector(`[name="${name}"][value="${value}"]`)?.focus({ preventScroll: true });
  }
  recount();
}

async function refresh() {
  if (document.hidden || form.dataset.sent) return;
  try {
    const answer = await fetch(location.href, { redirect: "error" });
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // No network for the moment: the next round tries again.
  }
}
setInterval(refresh, EVERY);
addEventListener("visibilitychange", refresh);
