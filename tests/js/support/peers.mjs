/** Two fake connections that negotiate like real ones, as far as our code can tell. */

class FakeSender {
  constructor() {
    this.track = null;
    this.parameters = { encodings: [{}] };
  }
  async replaceTrack(track) {
    this.track = track;
  }
  getParameters() {
    return this.parameters;
  }
  async setParameters(parameters) {
    this.parameters = parameters;
  }
}

const transceiver = (kind) => ({ sender: new FakeSender(), receiver: { track: { kind } }, direction: "recvonly" });

/** Every connection made in a test, in order. */
export const made = [];

export class FakeConnection {
  constructor(configuration) {
    Object.assign(this, { configuration, signalingState: "stable", iceConnectionState: "new", transceivers: [] });
    Object.assign(this, { remoteDescription: null, localDescription: null, candidates: [], isClosed: false });
    made.push(this);
  }
  addTransceiver(track) {
    const added = transceiver(track.kind ?? track);
    added.sender.track = track.kind ? track : null;
    added.direction = "sendrecv";
    this.transceivers.push(added);
  }
  createDataChannel(name, how) {
    return { name, how, readyState: "connecting", send: () => undefined };
  }
  async getStats() {
    return new Map(this.stats ?? []);
  }
  getTransceivers() {
    return this.transceivers;
  }
  getReceivers() {
    return this.transceivers.map((each) => each.receiver);
  }
  async createOffer({ iceRestart } = {}) {
    return { type: "offer", sdp: `offer ${iceRestart ? "restart" : "first"}\r\na=ice-ufrag:o` };
  }
  async createAnswer() {
    return { type: "answer", sdp: "answer\r\na=ice-ufrag:a" };
  }
  async setLocalDescription(description) {
    if (description.type === "rollback") {
      this.signalingState = "stable";
      return;
    }
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
  }
  async setRemoteDescription(description) {
    if (description.sdp.startsWith("broken")) throw new Error("not understood");
    this.remoteDescription = description;
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
    if (!this.transceivers.length) this.transceivers = [transceiver("audio"), transceiver("video")];
    this.ontrack?.();
  }
  async addIceCandidate(candidate) {
    this.candidates.push(candidate);
  }
  close() {
    this.isClosed = true;
  }
  ice(state) {
    this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
  }
}

/** Put the fakes where the modules look for the browser's. */
export function install() {
  made.length = 0;
  globalThis.RTCPeerConnection = FakeConnection;
  globalThis.RTCRtpReceiver = { getCapabilities: () => ({ codecs: [] }) };
  globalThis.document = { visibilityState: "visible" };
  globalThis.MediaStream = class {
    constructor(tracks = []) {
      this.tracks = tracks;
    }
  };
}

/** Let every step that is due be taken. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));
