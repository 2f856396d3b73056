/** A button that reads the page aloud; it stays hidden where the device has no voice for the page's language. */
export function mount(root) {
  if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) return undefined;
  const button = root.querySelector("[data-part=button]");
  const word = root.querySelector("[data-part=word]");
  const language = document.documentElement.lang;
  const silent = word.textContent;
  let isOn = false;
  let aloud = null;
  const voice = () => speechSynthesis.getVoices().find((each) => each.lang.toLowerCase().startsWith(language));
  // Only a device with a voice fetches it, and before the press: some let nobody speak long after one.
  const fetchAloud = () => {
    if (!aloud) aloud = import("./aloud.js").catch(() => (aloud = null));
    return aloud;
  };
  const offer = () => {
    button.hidden = !voice();
    if (!button.hidden) fetchAloud();
  };
  const say = (on) => {
    isOn = on;
    word.textContent = on ? button.dataset.stop : silent;
  };
  const stop = () => {
    speechSynthesis.cancel();
    say(false);
  };
  const onClick = async () => {
    if (isOn) return stop();
    stop();
    say(true);
    const reader = await fetchAloud();
    if (isOn && !(reader && reader.readAloud(voice() || null, language, () => say(false)))) say(false);
  };
  offer();
  // Safari's is no event target.
  speechSynthesis.onvoiceschanged = offer;
  button.addEventListener("click", onClick);
  window.addEventListener("pagehide", stop);
  return () => {
    stop();
    speechSynthesis.onvoiceschanged = null;
    button.removeEventListener("click", onClick);
    window.removeEventListener("pagehide", stop);
  };
}
