/** Says which file was chosen, in place of the browser's own words. */

/** @param {HTMLElement} root */
export function mount(root) {
  const input = root.querySelector("input[type=file]");
  const picked = root.querySelector('[data-part="picked"]');
  const tell = () => {
    picked.textContent = Array.from(input.files, (file) => file.name).join(", ");
  };
  root.dataset.state = "ready";
  input.addEventListener("change", tell);
  tell();
  return () => input.removeEventListener("change", tell);
}
