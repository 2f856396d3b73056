/**
 * Files that are still on their way from this page, and what keeps it open for them. One table of the page: modules that are
 * fetched apart hold a copy of this one each.
 */
const stay = (event) => {
  event.preventDefault();
  event.returnValue = ""; // older browsers ask for this alone
};
const page = (globalThis.unsentOfPage = globalThis.unsentOfPage ?? { files: new Map(), stay });

/** One file is on its way, or (null) it is not any more. @param {unknown} key @param {number | null} percent */
export function note(key, percent) {
  if (percent === null) page.files.delete(key);
  else page.files.set(key, percent);
  const change = page.files.size ? "addEventListener" : "removeEventListener";
  globalThis[change]?.("beforeunload", page.stay);
  globalThis.dispatchEvent?.(new Event("unsent"));
}

/** How many there are, and how much of the slowest has arrived. */
export const unsent = () => ({ count: page.files.size, percent: Math.min(...page.files.values(), 100) });

/** Whoever wants to leave all the same is not asked twice. */
export function letGo() {
  globalThis.removeEventListener("beforeunload", page.stay);
}
