const BLOCKS = "h1, h2, h3, p, li, legend, label";
const PRESSED = "button, a.btn";
const TITLE = /(?:^|[\s.(])(?:PGS|GS|TS|ThS|BS|BSNT|(?:BS)?CKI{1,2}|DS|ĐD|YS|KTV)\.$/;

/** Reads a page aloud in pieces a voice gets through: some stop by themselves after a quarter of a minute. */
export function pieces(texts, longest = 180) {
  return texts
    .map((text) => text.trim().replace(/([.!?:;,]?)\s*\n\s*[–—•-]\s+/g, (_, end) => `${end || "."} `).replace(/^[–—•-]\s+/, ""))
    .flatMap((text) => sentences(text.replace(/\s+/g, " ")))
    .flatMap((sentence) => sentence.match(new RegExp(`.{1,${longest}}(?:\\s|$)`, "g")) || [])
    .map((piece) => piece.trim())
    .filter((piece) => /[\p{L}\p{N}]/u.test(piece));
}

/** A text in sentences; a title ends none: TS.BS. Nguyễn Văn An. */
function sentences(text) {
  const found = [];
  for (const each of text.match(/.+?(?:[.!?;:](?=\s|$)|$)/g) || []) {
    if (found.length && TITLE.test(found[found.length - 1])) found[found.length - 1] += each;
    else found.push(each);
  }
  return found;
}

/** What is read of an element: its blocks and what can be pressed, each ended like a sentence; pictures say nothing. */
function wordsOf(element) {
  const seen = Array.from(element.querySelectorAll(`${BLOCKS}, ${PRESSED}`)).filter((each) => each.offsetParent);
  const isRead = (each) => !each.querySelector(BLOCKS);
  const blocks = seen.filter((each) => {
    if (!each.matches(PRESSED)) return isRead(each);
    const around = each.closest(BLOCKS);
    return !each.disabled && !(around && isRead(around)) && !each.matches("[aria-hidden=true], .visually-hidden");
  });
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
