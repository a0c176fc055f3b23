// A mail to many: how many are checked is told while they are.

const tally = document.querySelector("[data-tally]");
const boxes = [...document.querySelectorAll('input[name="to"]')];

function recount() {
  const checked = boxes.filter((box) => box.checked).length;
  tally.textContent = `${checked} destinataire${checked > 1 ? "s" : ""}`;
  for (const box of boxes) box.closest("li").classList.toggle("out", !box.checked);
}

for (const box of boxes) box.addEventListener("change", recount);
for (const button of document.querySelectorAll("[data-all]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const box of boxes) box.checked = button.dataset.all === "yes";
    recount();
  });
}
