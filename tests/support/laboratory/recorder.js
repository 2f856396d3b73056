// Runs before a page's own scripts and notes, with the time of day in milliseconds, what a person saw and
// heard: pictures that reached the screen, sound that was played, what getStats() counts, what the server said.
(() => {
  const STATS_EVERY = 500;
  const VOICES_EVERY = 50;
  const now = () => performance.timeOrigin + performance.now();
  const recorder = { frames: {}, voices: [], stats: [], messages: [], sockets: [] };
  window.recorder = recorder;
  window.peerConnections = [];

  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...settings) {
      super(...settings);
      window.peerConnections.push(this);
    }
  };

  window.WebSocket = class extends window.WebSocket {
    constructor(...settings) {
      super(...settings);
      recorder.sockets.push(now());
      this.addEventListener("message", ({ data }) => {
        const { type, level, self } = JSON.parse(data);
        recorder.messages.push({ at: now(), type, level: level ?? null, self: self ?? null });
      });
    }
  };

  // A picture counts when the browser presents it, not when it was decoded.
  const watched = new WeakSet();
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...source,
    set(stream) {
      source.set.call(this, stream);
      if (this instanceof HTMLVideoElement && !watched.has(this)) watch(this);
    },
  });

  function watch(video) {
    watched.add(video);
    const note = (_, { width }) => {
      const id = video.closest("[data-part=tiles] [data-id]")?.dataset.id;
      if (id && width > 2) (recorder.frames[id] ??= []).push(now());
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  }

  const open = () => window.peerConnections.filter((pc) => pc.connectionState !== "closed");

  // When sound of the other side was last handed to the loudspeaker; invented sound moves nothing here.
  const played = new Map();
  setInterval(() => {
    for (const pc of open()) {
      const audio = pc.getReceivers().find((each) => each.track.kind === "audio");
      const { timestamp, rtpTimestamp } = audio?.getSynchronizationSources()[0] ?? {};
      if (timestamp && played.get(audio) !== rtpTimestamp) {
        played.set(audio, rtpTimestamp);
        recorder.voices.push({ at: now(), from: window.peerConnections.indexOf(pc) });
      }
    }
  }, VOICES_EVERY);

  async function summary(pc) {
    const stats = await pc.getStats();
    const at = now();
    const all = [...stats.values()];
    const of = (type, kind) => all.find((each) => each.type === type && each.kind === kind) ?? {};
    const transport = all.find((each) => each.type === "transport") ?? {};
    const pair = stats.get(transport.selectedCandidatePairId) ?? {};
    const local = stats.get(pair.localCandidateId) ?? {};
    const heard = of("inbound-rtp", "audio");
    const seen = of("inbound-rtp", "video");
    return {
      at,
      from: window.peerConnections.indexOf(pc),
      heard: heard.totalSamplesReceived ?? 0,
      concealed: heard.concealedSamples ?? 0,
      silent: heard.silentConcealedSamples ?? 0,
      energy: heard.totalAudioEnergy ?? 0,
      target: of("outbound-rtp", "audio").targetBitrate ?? 0,
      said_bytes: of("outbound-rtp", "audio").bytesSent ?? 0,
      shown_bytes: of("outbound-rtp", "video").bytesSent ?? 0,
      decoded: seen.framesDecoded ?? 0,
      height: seen.frameHeight ?? 0,
      rtt: (pair.currentRoundTripTime ?? 0) * 1000,
      outgoing: pair.availableOutgoingBitrate ?? 0,
      path: [local.candidateType, local.relayProtocol ?? local.protocol].join("/"),
    };
  }

  setInterval(async () => {
    for (const pc of open()) recorder.stats.push(await summary(pc));
  }, STATS_EVERY);
})();
