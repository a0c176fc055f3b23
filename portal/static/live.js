// A page that waits for something: its live parts are taken from a fresh copy when what they show changed.

const EVERY = 3_000;
const parts = () => [...document.querySelectorAll("[data-live]")];

async function refresh() {
  if (document.hidden || document.querySelector("form[data-sent]")) return;
  let fresh;
  try {
    const answer = await fetch(location.href, { redirect: "error" });
    if (!answer.ok) return;
    fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return; // No network for the moment: the next round tries again.
  }
  for (const part of parts()) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!next || next.dataset.state === part.dataset.state) continue;
    part.dataset.state = next.dataset.state;
    part.replaceChildren(...next.childNodes);
  }
  if (fresh.querySelector("[data-over]")) clearInterval(rounds);
}
const rounds = setInterval(refresh, EVERY);
addEventListener("visibilitychange", refresh);
