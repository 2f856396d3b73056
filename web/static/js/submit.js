const DOUBLE_PRESS_MS = 1000;

/**
 * One press, one post: the button shows it is busy and a second press does nothing.
 *
 * A form whose answer opens beside this page (target) leaves the page as it is, whatever the answer says;
 * so it can be sent again once a double press is over.
 */
export function mount(form) {
  let timer = 0;
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
    if (form.target) timer = setTimeout(release, DOUBLE_PRESS_MS);
  };
  const release = () => {
    delete form.dataset.state;
    settle(false);
  };
  const onShow = (event) => event.persisted && release();
  form.addEventListener("submit", onSubmit);
  window.addEventListener("pageshow", onShow);
  return () => {
    clearTimeout(timer);
    form.removeEventListener("submit", onSubmit);
    window.removeEventListener("pageshow", onShow);
  };
}
