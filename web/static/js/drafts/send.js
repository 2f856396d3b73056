/**
 * A form that is sent as a whole and must arrive once: kept on this machine while it is typed, sent again by itself
 * when the line or the sign-in is back, let go when the server has answered where to go on. It brings an id of its
 * own, so sending it twice makes nothing twice.
 */

const AGAIN_MS = 5000;

export function mount(form) {
  let keeper = null;
  let timer = 0;
  let pressed = null;
  let isLeaving = false;
  const note = form.querySelector("[data-part=unsent]");
  const forget = form.querySelector("[data-part=forget]");
  const say = (on) => note && (note.hidden = !on);
  const busy = (on) => {
    const button = pressed || form.querySelector("button[type=submit]");
    if (on) button.dataset.state = "busy";
    else delete button.dataset.state;
  };
  const send = () => form.isConnected && form.requestSubmit(pressed || undefined);
  const wait = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(send, delay);
  };
  const typed = () => {
    form.dataset.state = "unsaved";
    // Whoever types again sends again.
    clearTimeout(timer);
    timer = 0;
    if (keeper) keeper.typed();
  };
  async function leave(where) {
    isLeaving = true;
    if (keeper) await keeper.acknowledged();
    location.assign(where);
  }
  const isOwn = (event) => event.target === form;
  const heard = {
    input: typed,
    change: typed,
    submit: (event) => (pressed = event.submitter || pressed),
    "htmx:beforeRequest": (event) => isOwn(event) && busy(true),
    "htmx:beforeOnLoad": (event) => {
      const where = isOwn(event) && event.detail.xhr.status < 400 && event.detail.xhr.getResponseHeader("HX-Redirect");
      if (!where) return;
      event.preventDefault();
      leave(where);
    },
    "htmx:afterRequest": (event) => {
      if (!isOwn(event) || isLeaving) return;
      busy(false);
      const { status } = event.detail.xhr;
      const isHopeful = !status || status === 401 || status >= 500;
      say(isHopeful);
      if (isHopeful) wait(AGAIN_MS);
    },
  };
  const again = () => timer && wait(0);
  const onLeave = (event) => {
    if (form.dataset.state && !isLeaving && !(keeper && keeper.isSafe())) event.preventDefault();
  };
  const around = { online: again, focus: again, beforeunload: onLeave };
  for (const [name, listener] of Object.entries(heard)) form.addEventListener(name, listener);
  for (const [name, listener] of Object.entries(around)) window.addEventListener(name, listener);
  if (forget) forget.onclick = () => leave(location.pathname);
  if (document.getElementById("drafts")) begin();

  async function begin() {
    const { keep } = await import("./keep.js");
    keeper = await keep(form, { isPrinted: false, onRestore: () => forget && (forget.hidden = false) });
    if (form.dataset.state) keeper.typed();
  }

  return () => {
    clearTimeout(timer);
    if (keeper) keeper.dispose();
    for (const [name, listener] of Object.entries(heard)) form.removeEventListener(name, listener);
    for (const [name, listener] of Object.entries(around)) window.removeEventListener(name, listener);
  };
}
