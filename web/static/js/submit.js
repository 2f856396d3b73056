/** One press, one post: the button shows it is busy and a second press does nothing. */
export function mount(form) {
  const buttons = () => form.querySelectorAll("button[type=submit], button:not([type])");
  const settle = (state) => {
    for (const button of buttons()) {
      if (state) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
      delete button.dataset.state;
    }
  };
  const onSubmit = (event) => {
    if (form.dataset.state === "busy") {
      event.preventDefault();
      return;
    }
    form.dataset.state = "busy";
    settle(true);
    const pressed = event.submitter || buttons()[0];
    if (pressed) pressed.dataset.state = "busy";
  };
  const onShow = (event) => {
    if (!event.persisted) return;
    delete form.dataset.state;
    settle(false);
  };
  form.addEventListener("submit", onSubmit);
  window.addEventListener("pageshow", onShow);
  return () => {
    form.removeEventListener("submit", onSubmit);
    window.removeEventListener("pageshow", onShow);
  };
}
