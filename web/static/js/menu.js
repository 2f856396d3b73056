/** A <details> that closes on Escape and when one looks elsewhere. */
export function mount(details) {
  const onKey = (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.querySelector("summary").focus();
  };
  const onPress = (event) => {
    if (details.open && !details.contains(event.target)) details.open = false;
  };
  details.addEventListener("keydown", onKey);
  document.addEventListener("click", onPress);
  return () => {
    details.removeEventListener("keydown", onKey);
    document.removeEventListener("click", onPress);
  };
}
