/** What packets and pieces tell about a way; the same figures as signaling/media/stream.py. Pure. */

/** @param {number[]} values @returns {number | null} */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? Math.round(sorted[Math.floor((sorted.length - 1) / 2)]) : null;
}

/** Packets numbered from 0, sent every `spacing` milliseconds, as they arrive. */
export class Arrivals {
  /** @param {number} spacing */
  constructor(spacing) {
    this.spacing = spacing;
    this.numbers = new Set();
    this.transit = null;
    this.jitter = 0;
  }

  /** @param {number} number @param {number} at milliseconds */
  note(number, at) {
    if (this.numbers.has(number)) return;
    this.numbers.add(number);
    const transit = at - number * this.spacing;
    if (this.transit !== null) this.jitter += (Math.abs(transit - this.transit) - this.jitter) / 16;
    this.transit = transit;
  }

  /** How many of a thousand were lost. @param {number} sent */
  lost(sent) {
    return lostOf(sent, this.numbers.size);
  }
}

/** @param {number} sent @param {number} got */
export const lostOf = (sent, got) => Math.round((1000 * Math.max(0, sent - got)) / sent);

/** Bytes that come as fast as they can; the rate counts from the first piece on. */
export class Flow {
  constructor() {
    this.first = this.last = null;
    this.after = 0;
  }

  /** @param {number} size @param {number} at milliseconds */
  note(size, at) {
    if (this.first === null) this.first = at;
    else this.after += size;
    this.last = at;
  }

  /** @returns {number | null} */
  get kbps() {
    const took = this.last - this.first;
    return took > 0 ? Math.round((this.after * 8) / took) : null;
  }
}

/**
 * The relay's ways, each with the one address and the credential it needs.
 * @param {{urls: string[], username?: string, credential?: string}[]} servers
 * @returns {Partial<Record<"udp" | "tcp" | "tls", RTCIceServer>>}
 */
export function waysOf(servers) {
  const ways = {};
  for (const { urls, username, credential } of servers) {
    for (const url of urls) {
      const way = url.startsWith("turns:") ? "tls" : /[?&]transport=tcp/.test(url) ? "tcp" : "udp";
      if (url.startsWith("turn") && !ways[way]) ways[way] = { urls: [url], username, credential };
    }
  }
  return ways;
}
