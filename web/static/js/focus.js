/** Brings an error summary into sight and hearing. */
export function mount(root) {
  root.focus();
}
