/** A socket that the test plays the server of, and a connection over it under a clock the test moves. */
import { mock } from "node:test";

import { Connection } from "../../../web/static/js/call/connection.js";

class Socket {
  constructor() {
    this.readyState = 0;
    this.sent = [];
    this.closedWith = null;
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code = 1005) {
    this.closedWith ??= code;
    this.readyState = 3;
  }
  accept() {
    this.readyState = 1;
    this.onopen();
  }
  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

/** A connection that has begun. */
export async function connected(context, { getTicket = async () => "ticket-ticket-ticket" } = {}) {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  context.after(() => mock.timers.reset());
  const line = { sockets: [], heard: [], links: [], tickets: 0 };
  line.connection = new Connection({
    url: "ws://x/signal",
    open: () => {
      line.sockets.push(new Socket());
      return line.sockets.at(-1);
    },
    getTicket: () => {
      line.tickets += 1;
      return getTicket(line.tickets);
    },
    tracks: () => ({ audio: true, video: false }),
    onMessage: (message) => line.heard.push(message),
    onLink: (state, code) => line.links.push(code ? `${state} ${code}` : state),
  });
  line.last = () => line.sockets.at(-1);
  line.settle = () => new Promise((resolve) => setImmediate(resolve));
  line.pass = async (milliseconds) => {
    mock.timers.tick(milliseconds);
    await line.settle();
  };
  await line.connection.start();
  return line;
}

/** The answer to hello. */
export const welcome = (more = {}) => ({
  type: "waiting",
  self: "s",
  resume: "resume-resume-resume",
  epoch: 1,
  resumed: false,
  heartbeat_seconds: 3,
  place: 0,
  ...more,
});
