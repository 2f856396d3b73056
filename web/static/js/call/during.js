/** What a call needs once there is a picture: steering, chat, who speaks. Fetched after the first one: see live.js. */
import { Chat } from "./chat.js";
import { Pilot } from "./pilot.js";
import { markVoices } from "./voices.js";

/** @param {import("./live.js").Live} live @returns {{Pilot: typeof Pilot, chat: Chat, timer: number}} */
export const joined = ({ root, say, setup, mesh, tiles }) => ({
  Pilot,
  chat: new Chat(root, say, setup.words),
  timer: markVoices(mesh.links, tiles),
});
