/** A button that copies the value beside it; it stays hidden where the browser cannot copy. */
export function mount(root) {
  const button = root.querySelector("[data-part=button]");
  const word = root.querySelector("[data-part=word]");
  const value = root.querySelector("[data-part=value]");
  if (!navigator.clipboard) return undefined;
  const before = word.textContent;
  let timer = 0;
  const onClick = async () => {
    await navigator.clipboard.writeText(value.textContent.trim());
    word.textContent = button.dataset.done;
    clearTimeout(timer);
    timer = setTimeout(() => (word.textContent = before), 3000);
  };
  button.hidden = false;
  button.addEventListener("click", onClick);
  return () => {
    clearTimeout(timer);
    button.removeEventListener("click", onClick);
  };
}
