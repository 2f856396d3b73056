/**
 * One socket with its own deadlines: to connect, and to hear something.
 *
 * Behind a cut link a socket stays silently half open for minutes, and the browser's own TCP retry alone
 * takes 8 s and more; so nobody waits for the browser here.
 */

const PROBE_TIMEOUT = 2500;
const SILENCE = 2.5; // intervals without a word after which the line counts as dead
export const SAID_DEAD = 4998; // our own close code for it; never on the wire

/**
 * @typedef {object} Handlers
 * @property {() => void} onOpen
 * @property {(message: any) => void} onMessage
 * @property {(code: number) => void} onClose called once
 * @property {() => void} onBeat time to send a heartbeat
 */

export class Line {
  /** @param {WebSocket} socket @param {Handlers} handlers @param {[number, number]} patience ms to connect, and to be answered */
  constructor(socket, handlers, [connect, answer]) {
    this.socket = socket;
    this.handlers = handlers;
    this.seconds = 3;
    this.silence = this.beat = undefined;
    this.expect(connect);
    socket.onopen = () => {
      this.expect(answer);
      handlers.onOpen();
    };
    socket.onmessage = (event) => {
      this.expect(this.seconds * 1000 * SILENCE);
      handlers.onMessage(JSON.parse(event.data));
    };
    socket.onclose = (event) => this.end(event.code);
  }

  /** @param {object} message */
  send(message) {
    if (this.socket.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  /** Beat every so many seconds from now on. @param {number} seconds */
  setHeartbeat(seconds) {
    if (seconds === this.seconds && this.beat) return;
    this.seconds = seconds;
    clearInterval(this.beat);
    this.beat = setInterval(() => this.handlers.onBeat(), seconds * 1000);
    this.expect(seconds * 1000 * SILENCE);
  }

  /** Ask for a sign of life, soon. */
  probe() {
    this.handlers.onBeat();
    this.expect(PROBE_TIMEOUT);
  }

  /** Close on purpose, without telling the handlers. @param {number} [code] */
  close(code) {
    this.forget();
    this.socket.close(code);
  }

  /** @private @param {number} milliseconds */
  expect(milliseconds) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.end(SAID_DEAD), milliseconds);
  }

  /** @private @param {number} code */
  end(code) {
    this.forget();
    this.socket.close();
    this.handlers.onClose(code);
  }

  /** @private */
  forget() {
    clearTimeout(this.silence);
    clearInterval(this.beat);
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
  }
}
