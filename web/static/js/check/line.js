/** The check of a line on a page: says what it does, then what the line is good for and what to do. */
import { wake } from "../awake.js";
import { runCheck } from "./run.js";
import { Refused } from "./socket.js";

const DEVICES = ["camera", "microphone", "speaker"];

/** @param {HTMLElement} root */
export function mount(root) {
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const words = JSON.parse(root.dataset.words);
  const steps = root.dataset.steps.split(" ");

  function tell(step, before = 0) {
    find("progress").value = steps.indexOf(step) + 1;
    find("doing").textContent = before ? words.before.replace("{count}", before) : words[step];
  }

  function show(verdict) {
    find("verdict").dataset.state = ["video", "low_video"].includes(verdict.mode) ? "ok" : "weak";
    for (const name of ["title", "text", "figures"]) find(name).textContent = verdict[name];
    const items = verdict.advice.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    });
    find("advice").replaceChildren(...items);
    find("verdict").hidden = false;
    find("verdict").focus();
  }

  async function run() {
    find("start").disabled = true;
    find("running").hidden = false;
    find("verdict").hidden = true;
    find("refused").hidden = true;
    try {
      show(await runCheck({ begin: root.dataset.begin, csrf: root.dataset.csrf, devices, tell }));
    } catch (error) {
      const code = error instanceof Refused ? error.message : "fault";
      find("refused-text").textContent = words[code] ?? words.fault;
      find("refused").hidden = false;
    }
    find("running").hidden = true;
    find("start").disabled = false;
  }

  find("start").onclick = run;
  wake(root);
  if (root.dataset.atOnce) run();
}

/** What the other part of the page found about camera, microphone and loudspeaker. */
function devices() {
  const found = DEVICES.map((name) => [name, document.querySelector(`[data-part="${name}"]`)?.dataset.found]);
  return Object.fromEntries(found.filter(([, state]) => state));
}
