/** Pointing at something on a photo: drawn with finger, pen or mouse, kept beside the picture when saved. */

const SCALE = 10000;
const LEAST = 150;
const NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * Where a point of the screen lies on the picture as it came, in ten-thousandths.
 * @param {DOMMatrix} matrix from the picture's own pixels to the screen
 * @param {{x: number, y: number}} point
 * @param {{width: number, height: number}} size
 */
export function onPicture(matrix, point, size) {
  const inverse = matrix.inverse();
  const x = inverse.a * point.x + inverse.c * point.y + inverse.e;
  const y = inverse.b * point.x + inverse.d * point.y + inverse.f;
  const part = (value, length) => Math.round(Math.min(1, Math.max(0, value / length)) * SCALE);
  return [part(x, size.width), part(y, size.height)];
}

/** Whether an arrow is meant, and no slip of the finger. @param {number[]} arrow */
export const isMeant = ([, x1, y1, x2, y2]) => Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1)) >= LEAST;

/** @param {HTMLElement} root with data-arrows */
export function mount(root) {
  const form = root.querySelector("form[data-part=arrows]");
  const draw = root.querySelector("[data-part=draw]");
  const drawings = [...root.querySelectorAll("[data-part=drawing]")];
  let arrows = JSON.parse(root.dataset.arrows);
  let current = null;
  if (!form) return undefined;
  form.hidden = false;

  function paint() {
    form.elements.arrows.value = JSON.stringify(arrows);
    for (const svg of drawings) {
      const paper = svg.querySelector("[data-part=paper]");
      for (const line of [...paper.querySelectorAll("line")]) line.remove();
      const shown = current ? [...arrows, current] : arrows;
      for (const arrow of shown) if (arrow[0] === Number(svg.dataset.page)) paper.append(...lines(svg, arrow));
    }
  }

  function lines(svg, [page, ...ends]) {
    const { width, height } = sizeOf(svg);
    const [x1, y1, x2, y2] = ends.map((each, index) => Math.round((each * (index % 2 ? height : width)) / SCALE));
    const stroke = Number(svg.dataset.stroke);
    const line = (name, thick, extra = {}) => {
      const element = document.createElementNS(NAMESPACE, "line");
      const values = { class: name, x1, y1, x2, y2, "stroke-width": thick, ...extra };
      for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
      return element;
    };
    const tip = { "marker-end": `url(#tip-${page})` };
    return [line("drawing__halo", stroke * 2), line("drawing__arrow", stroke, tip)];
  }

  const sizeOf = (svg) => {
    const image = svg.querySelector("image");
    return { width: Number(image.getAttribute("width")), height: Number(image.getAttribute("height")) };
  };
  const placeOf = (svg, event) =>
    onPicture(svg.querySelector("[data-part=paper]").getScreenCTM(), { x: event.clientX, y: event.clientY }, sizeOf(svg));

  function begin(event) {
    if (draw.getAttribute("aria-pressed") !== "true") return;
    const svg = event.currentTarget;
    event.preventDefault();
    svg.setPointerCapture?.(event.pointerId);
    const place = placeOf(svg, event);
    current = [Number(svg.dataset.page), ...place, ...place];
  }
  function go(event) {
    if (!current) return;
    current = [...current.slice(0, 3), ...placeOf(event.currentTarget, event)];
    paint();
  }
  function end() {
    if (current && isMeant(current)) arrows = [...arrows, current];
    current = null;
    paint();
  }

  for (const svg of drawings) {
    svg.addEventListener("pointerdown", begin);
    svg.addEventListener("pointermove", go);
    svg.addEventListener("pointerup", end);
    svg.addEventListener("pointercancel", end);
  }
  draw.onclick = () => {
    const isOn = draw.getAttribute("aria-pressed") !== "true";
    draw.setAttribute("aria-pressed", String(isOn));
    for (const svg of drawings) svg.dataset.drawing = isOn ? "on" : "off";
  };
  root.querySelector("[data-part=undo]").onclick = () => {
    arrows = arrows.slice(0, -1);
    paint();
  };
  return () => undefined;
}
