/** What a call shows on a phone: its waiting room comes without it, and fetches it while somebody waits. */
const PAUSE = 1000;

/** The server said no: asking again would not help. */
class Refused extends Error {}

/**
 * Fetch the stage, however often the link drops it.
 * @param {HTMLElement} root
 * @param {any} setup with `stage`, addresses of the page and its style. Gets what the stage's own scripts need.
 */
export async function fetchStage(root, setup) {
  const { page, sheet } = setup.stage;
  const [html] = await Promise.all([insist(() => pageOf(page)), insist(() => styleOf(sheet))]);
  root.append(...new DOMParser().parseFromString(html, "text/html").body.children);
  const { words, ...rest } = JSON.parse(document.getElementById("stage").dataset.setup);
  Object.assign(setup, rest, { stage: null, words: { ...setup.words, ...words } });
}

async function insist(get) {
  for (;;) {
    try {
      return await get();
    } catch (error) {
      if (error instanceof Refused) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

async function pageOf(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Target": "stage" } });
  if (!answer.ok) throw answer.status < 500 ? new Refused(String(answer.status)) : new Error(String(answer.status));
  return answer.text();
}

function styleOf(address) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  const loaded = new Promise((resolve, reject) => {
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new Error(address));
    };
  });
  document.head.append(link);
  return loaded;
}
