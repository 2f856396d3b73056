/**
 * One press, one post: the button shows it is busy and a second press does nothing.
 *
 * A form that htmx sends in vain leaves the page as it is, so it can be sent again.
 */
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
  const release = () => {
    delete form.dataset.state;
    settle(false);
  };
  const onAnswer = (event) => event.detail.successful || release();
  const onShow = (event) => event.persisted && release();
  form.addEventListener("submit", onSubmit);
  form.addEventListener("htmx:afterRequest", onAnswer);
  window.addEventListener("pageshow", onShow);
  return () => {
    form.removeEventListener("submit", onSubmit);
    form.removeEventListener("htmx:afterRequest", onAnswer);
    window.removeEventListener("pageshow", onShow);
  };
}
