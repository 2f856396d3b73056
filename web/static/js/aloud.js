/** Reads a page aloud in pieces a voice gets through: some stop by themselves after a quarter of a minute. */
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

/** The words of the parts that are to be read, in their order; of the whole page where none is marked. */
export function wordsOn(page) {
  const marked = Array.from(page.querySelectorAll("[data-part=text]"));
  return (marked.length ? marked : [page.querySelector("main")]).flatMap(wordsOf);
}

/** @param {SpeechSynthesisVoice | null} voice @param {string} language @param {() => void} onEnd @returns {boolean} whether there is anything to read */
export function readAloud(voice, language, onEnd) {
  const utterances = pieces(wordsOn(document)).map((text) => new SpeechSynthesisUtterance(text));
  if (!utterances.length) return false;
  for (const each of utterances) {
    each.lang = language;
    each.voice = voice;
    speechSynthesis.speak(each);
  }
  utterances[utterances.length - 1].addEventListener("end", onEnd);
  return true;
}
