/** The print button, which only a script can offer. */
export function mount(button) {
  const onClick = () => window.print();
  button.hidden = false;
  button.addEventListener("click", onClick);
  return () => button.removeEventListener("click", onClick);
}
