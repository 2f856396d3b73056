/** Making a photo smaller on the phone that took it: what goes over a weak line is a tenth of what was taken. */

/** Longer edge in pixels, and JPEG quality. */
export const FULL = Object.freeze({ edge: 2048, quality: 0.85 });
const AS_TAKEN = Object.freeze({ edge: Infinity, quality: 0.92 });
const PREVIEW = Object.freeze({ edge: 480, quality: 0.6 });
/** Below this a preview saves nothing. */
const SMALL_BYTES = 80_000;

/**
 * Width and height with the longer edge at most so long.
 * @param {number} width
 * @param {number} height
 * @param {number} edge
 */
export function fitted(width, height, edge) {
  const by = Math.min(1, edge / Math.max(width, height));
  return [Math.max(1, Math.round(width * by)), Math.max(1, Math.round(height * by))];
}

/**
 * What to send of a file: a full size, and ahead of it a quick one where that helps.
 * A file that is no picture, or none this browser can draw, goes as it is.
 * @param {Blob} file
 * @returns {Promise<{full: Blob, preview: Blob | null}>}
 */
export async function sizesOf(file) {
  if (!file.type.startsWith("image/")) return { full: file, preview: null };
  const picture = await decode(file);
  if (!picture) return { full: file, preview: null };
  try {
    const drawn = await draw(picture, FULL);
    const full = drawn && (drawn.size < file.size || !isTaken(file.type)) ? drawn : file;
    return { full, preview: await previewOf(picture, full) };
  } finally {
    picture.close();
  }
}

/**
 * The same of a photo somebody looks closely at: every pixel the camera gave. What no camera's shutter makes
 * (a browser's PNG) becomes a JPEG of the same size.
 * @param {Blob} file
 * @returns {Promise<{full: Blob, preview: Blob | null}>}
 */
export async function sizesOfStill(file) {
  const picture = await decode(file);
  if (!picture) return { full: file, preview: null };
  try {
    const full = file.type === "image/jpeg" ? file : ((await draw(picture, AS_TAKEN)) ?? file);
    return { full, preview: await previewOf(picture, full) };
  } finally {
    picture.close();
  }
}

const previewOf = (picture, full) => (full.size > SMALL_BYTES ? draw(picture, PREVIEW) : null);

/** Types the server takes as they are. @param {string} type */
const isTaken = (type) => ["image/jpeg", "image/png", "image/webp"].includes(type);

/** An element draws a photo upright on every browser we promise. @returns {Promise<any>} */
async function decode(file) {
  const image = new Image();
  const url = URL.createObjectURL(file);
  try {
    image.src = url;
    await image.decode();
    return { image, width: image.naturalWidth, height: image.naturalHeight, close: () => URL.revokeObjectURL(url) };
  } catch {
    URL.revokeObjectURL(url);
    return null;
  }
}

/** @returns {Promise<Blob | null>} */
function draw({ image, width, height }, { edge, quality }) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = fitted(width, height, edge);
  const context = canvas.getContext("2d");
  if (!context) return Promise.resolve(null);
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}
