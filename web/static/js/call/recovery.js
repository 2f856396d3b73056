/**
 * When a peer connection is in trouble, what to do. Only the side that `offers` decides, and only while the
 * other is there to answer: restarts offered into the void left pictures frozen for good.
 */
import { LEVEL, ROLE } from "./protocol.js";

export const GRACE = 2000; // "disconnected" often heals by itself
export const ANSWER_TIMEOUT = 8000;
const MAX_RESTARTS = 3;
const MAX_TROUBLE = 30_000;

/**
 * The most a peer may get of us: among three and more, pairs without the doctor make do with a small picture,
 * so that a thin line keeps the one for which the call is held.
 * @param {string | null} own our role @param {string} theirs @param {string[]} others roles of all the others
 */
export function bestFor(own, theirs, others) {
  const isHeld = others.length < 2 || own === ROLE.DOCTOR || theirs === ROLE.DOCTOR || !others.includes(ROLE.DOCTOR);
  return isHeld ? LEVEL.HIGH : LEVEL.LOW;
}

/**
 * @typedef {object} Trouble
 * @property {boolean} offers whether this side makes the offers
 * @property {boolean} isConnected
 * @property {boolean} canReach both are at the signalling server
 * @property {boolean} isStill connected, yet nothing is seen or heard of them
 * @property {boolean} isNew nothing was ever offered on this connection
 * @property {number} restarts tried since it last carried media
 * @property {number} since milliseconds of trouble
 *
 * @param {Trouble} trouble
 * @returns {"none" | "wait" | "restart" | "renew"}
 */
export function nextStep({ offers, isConnected, isStill = false, canReach, isNew, restarts, since }) {
  if ((isConnected && !isStill) || !offers) return "none";
  if (!canReach) return "wait";
  return isNew || restarts >= MAX_RESTARTS || since > MAX_TROUBLE ? "renew" : "restart";
}

/** Candidates that came before the description they belong to: kept until it is set. */
export class CandidateQueue {
  constructor() {
    /** @type {RTCIceCandidateInit[]} */
    this.early = [];
  }

  /**
   * Whether a candidate can be given to the connection now; otherwise it is kept.
   * @param {RTCIceCandidateInit} candidate
   * @param {string | undefined} sdp the remote description in force
   */
  isTimely(candidate, sdp) {
    const timely = Boolean(sdp) && belongs(candidate, sdp);
    if (!timely) this.early.push(candidate);
    return timely;
  }

  /** Give one now, or once it can be. @param {RTCPeerConnection} pc @param {RTCIceCandidateInit} candidate */
  async give(pc, candidate) {
    if (this.isTimely(candidate, pc.remoteDescription?.sdp)) await add(pc, candidate);
  }

  /** Give those that waited for a description. @param {RTCPeerConnection} pc @param {string} sdp */
  async giveDue(pc, sdp) {
    for (const candidate of this.take(sdp)) await add(pc, candidate);
  }

  /** Take out those that belong to a description just set; older generations are forgotten. @param {string} sdp */
  take(sdp) {
    const due = this.early.filter((candidate) => belongs(candidate, sdp));
    this.early = [];
    return due;
  }
}

/** A candidate that does not fit is one way less, not a failure. */
const add = (pc, candidate) => pc.addIceCandidate(candidate).catch(() => undefined);

/** @param {RTCIceCandidateInit} candidate @param {string} sdp */
function belongs({ usernameFragment }, sdp) {
  return !usernameFragment || sdp.split(/\r?\n/).includes(`a=ice-ufrag:${usernameFragment}`);
}
