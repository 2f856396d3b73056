/**
 * A button that opens the <dialog> named by data-dialog. Buttons with data-part="close" inside close it.
 * Browsers without <dialog> (Safari before 15.4) get it as a plain box in place.
 */
export function mount(opener) {
  const dialog = document.getElementById(opener.dataset.dialog);
  const open = () => {
    if (dialog.showModal) dialog.showModal();
    else dialog.setAttribute("open", "");
  };
  const onPress = (event) => {
    if (!event.target.closest("[data-part=close]")) return;
    if (dialog.close) dialog.close();
    else dialog.removeAttribute("open");
    opener.focus();
  };
  opener.addEventListener("click", open);
  dialog.addEventListener("click", onPress);
  return () => {
    opener.removeEventListener("click", open);
    dialog.removeEventListener("click", onPress);
  };
}
