/** A button that reads the page aloud; it stays hidden where the device has no voice for the page's language. */
function voiceFor(language) {
  return speechSynthesis.getVoices().find((voice) => voice.lang.toLowerCase().startsWith(language));
}

/** The words of the page in pieces a voice gets through: some stop by themselves after a quarter of a minute. */
export function pieces(texts, longest = 180) {
  return texts
    .flatMap((text) => text.replace(/\s+/g, " ").trim().match(/.+?(?:[.!?;:](?=\s|$)|$)/g) || [])
    .flatMap((sentence) => sentence.match(new RegExp(`.{1,${longest}}(?:\\s|$)`, "g")) || [])
    .map((piece) => piece.trim())
    .filter(Boolean);
}

/** What is read of an element: its blocks, each ended like a sentence; pictures and buttons say nothing. */
function wordsOf(element) {
  const blocks = Array.from(element.querySelectorAll("h1, h2, h3, p, li, legend, label")).filter(
    (each) => !each.querySelector("h1, h2, h3, p, li, legend, label") && each.offsetParent,
  );
  return blocks.map((each) => each.textContent.trim().replace(/([^.!?:;])$/, "$1."));
}

export function mount(root) {
  if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) return undefined;
  const button = root.querySelector("[data-part=button]");
  const word = root.querySelector("[data-part=word]");
  const language = document.documentElement.lang;
  const silent = word.textContent;
  const say = (isOn) => {
    button.setAttribute("aria-pressed", String(isOn));
    word.textContent = isOn ? button.dataset.stop : silent;
  };
  const offer = () => (button.hidden = !voiceFor(language));
  const stop = () => {
    speechSynthesis.cancel();
    say(false);
  };
  const onClick = () => {
    if (button.getAttribute("aria-pressed") === "true") return stop();
    speechSynthesis.cancel();
    const texts = Array.from(document.querySelectorAll("[data-part=text]")).flatMap(wordsOf);
    const utterances = pieces(texts).map((text) => new SpeechSynthesisUtterance(text));
    if (!utterances.length) return undefined;
    for (const each of utterances) {
      each.lang = language;
      each.voice = voiceFor(language) || null;
      speechSynthesis.speak(each);
    }
    utterances[utterances.length - 1].addEventListener("end", () => say(false));
    return say(true);
  };
  offer();
  say(false);
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
