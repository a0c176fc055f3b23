// A query's count follows while its conditions are typed; « Trouver » lists the persons.

const QUIET = 500;
const form = document.querySelector("[data-count]");
const told = document.querySelector('[data-live="found"]');
let waiting;
let asked;

async function count() {
  asked?.abort();
  asked = new AbortController();
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  try {
    const answer = await fetch(address, { signal: asked.signal, redirect: "error" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    told.replaceChildren(...(fresh.querySelector('[data-live="found"]')?.childNodes ?? []));
    for (const stale of document.querySelectorAll(".ways")) stale.hidden = true;
  } catch {
    // A later change took over, or there is no network: the button still answers.
  }
}

form?.addEventListener("input", (event) => {
  if (event.target.name === "nouvelle") return;
  clearTimeout(waiting);
  waiting = setTimeout(count, QUIET);
});
