/** Devices of a call exchanged under way: another one chosen, the camera lent out, one unplugged. */

/**
 * Another camera or microphone in place of the one in use: muted stays muted, off stays off.
 * @param {import("./devices.js").Devices} devices
 * @param {"audio" | "video"} kind @param {import("./media.js").Which} which
 * @returns {Promise<boolean>} false where it could not be opened, and the one before is back
 */
export async function choose(devices, kind, which) {
  const before = devices.which[kind];
  devices.which[kind] = which;
  if (!devices.media.tracks[kind] && !devices.problems[kind]) return true;
  const isOpen = await exchange(devices, kind, true);
  if (!isOpen) {
    devices.which[kind] = before;
    if (!devices.media.tracks[kind]) await exchange(devices, kind, false);
  }
  devices.tell(kind);
  return isOpen;
}

/** A microphone goes on until the other is there; of cameras many phones open one at a time. */
async function exchange(devices, kind, isStrict) {
  const { tracks } = devices.media;
  const old = tracks[kind];
  devices.isLent = kind === "video" && Boolean(old);
  if (kind === "video") devices.release(kind);
  await devices.ask({ [kind]: true }, isStrict);
  devices.isLent = false;
  const now = tracks[kind];
  if (kind === "audio" && old) {
    if (now) now.enabled = old.enabled;
    if (now || devices.isClosed) old.stop();
    else if (old.readyState === "live") {
      tracks.audio = old;
      devices.problems.audio = undefined;
    }
  }
  return Boolean(now);
}

/**
 * The camera for somebody else for a moment: most give one size at a time. What was on is on again afterwards.
 * @template T
 * @param {import("./devices.js").Devices} devices @param {() => Promise<T>} use @returns {Promise<T | null>}
 */
export async function lend(devices, use) {
  devices.isLent = Boolean(devices.media.tracks.video);
  devices.release("video");
  const used = await use().catch(() => null);
  const wasOn = devices.isLent;
  if (wasOn) await devices.ask({ video: true });
  devices.isLent = false;
  if (wasOn) devices.tell("video");
  return used;
}

const LOST_AGAIN = 2000; // ms: a device that ends at once is not opened for ever

/**
 * Unplugged, or taken by another program: another one goes on, as muted as it was.
 * @param {import("./devices.js").Devices} devices @param {"audio" | "video"} kind
 */
export async function replaceLost(devices, kind) {
  const { tracks } = devices.media;
  const gone = tracks[kind];
  if (gone?.readyState !== "ended") return; // exchanged meanwhile
  const isAgain = performance.now() - (devices.lostAt[kind] ?? -Infinity) < LOST_AGAIN;
  devices.lostAt[kind] = performance.now();
  tracks[kind] = null;
  devices.which[kind] = undefined;
  if (isAgain) devices.problems[kind] = "missing";
  else await devices.ask({ [kind]: true });
  const now = tracks[kind];
  if (now && kind === "audio") now.enabled = gone.enabled;
  devices.tell(kind);
  devices.options.onLost?.(kind, gone.label, now?.label ?? "");
}

/**
 * Tell what is plugged in later from what is there now: names are told once a device of the kind is open.
 * @param {import("./devices.js").Devices} devices @param {MediaDevices | undefined} media
 */
export async function watchPlugs(devices, media) {
  devices.there = (await media?.enumerateDevices?.().catch(() => [])) ?? [];
  if (!devices.isClosed) media?.addEventListener?.("devicechange", devices.options.onPlug);
}
