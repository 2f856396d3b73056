/** Lets a person see the password they typed. */
export function mount(root) {
  const input = root.querySelector("[data-part=input]");
  const button = root.querySelector("[data-part=button]");
  const onClick = () => {
    const shows = input.type === "password";
    input.type = shows ? "text" : "password";
    button.setAttribute("aria-pressed", String(shows));
    button.textContent = shows ? button.dataset.hide : button.dataset.show;
  };
  button.hidden = false;
  button.addEventListener("click", onClick);
  return () => button.removeEventListener("click", onClick);
}
