/** What a page says of a value is about the value it was printed for: it goes once that is changed. */
export function mount(form) {
  const onInput = (event) => {
    const vital = event.target.closest("[data-range]");
    if (!vital) return;
    delete vital.dataset.range;
    const words = vital.querySelector(".state");
    if (words) words.remove();
  };
  form.addEventListener("input", onInput);
  return () => form.removeEventListener("input", onInput);
}
