// The slider of past moments: each step is a change; letting go opens the page as it was then.
const form = document.querySelector("[data-as-of]");
const slider = form?.querySelector("[data-moments]");
if (slider) {
  const moments = slider.dataset.moments.split(" ");
  const said = form.querySelector("output");
  const clock = new Intl.DateTimeFormat("fr-CA", { dateStyle: "medium", timeStyle: "short", timeZone: slider.dataset.zone });
  const show = () => {
    const text = `${Number(slider.value) + 1} sur ${moments.length}`;
    said.textContent = `${text}, ${clock.format(new Date(moments[slider.value]))}`;
    slider.setAttribute("aria-valuetext", said.textContent);
  };
  slider.closest(".slide").hidden = false;
  show();
  slider.addEventListener("input", show);
  slider.addEventListener("change", () => {
    const address = new URL(form.action);
    for (const field of form.querySelectorAll("[type=hidden]")) address.searchParams.set(field.name, field.value);
    address.searchParams.set("le", moments[slider.value]);
    location.assign(address);
  });
}
