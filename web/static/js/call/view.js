/** Small tools of the call's views: parts by name, copies of templates, lists kept in step. */

/** @param {ParentNode} root @param {string} name @returns {any} the element with data-part, or null */
export const part = (root, name) => root.querySelector(`[data-part="${name}"]`);

/** Set a text only where it differs: screen readers repeat what is set again. @param {Element | null} element */
export function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** A copy of `<template data-part="…-template">`. @param {ParentNode} root @param {string} name @returns {any} */
export const copyOf = (root, name) => part(root, `${name}-template`).content.firstElementChild.cloneNode(true);

/**
 * Keep the children of a list in step with things: new ones are made, gone ones removed, none moved.
 * @template T
 * @param {Element} list
 * @param {readonly (T & {id: string})[]} things
 * @param {(thing: T) => Element} make
 * @param {(element: any, thing: T) => void} paint
 */
export function keepInStep(list, things, make, paint) {
  const known = new Map(Array.from(list.children, (child) => [child.dataset.id, child]));
  for (const thing of things) {
    let element = known.get(thing.id);
    if (!element) {
      element = make(thing);
      element.dataset.id = thing.id;
      list.append(element);
    }
    known.delete(thing.id);
    paint(element, thing);
  }
  for (const gone of known.values()) gone.remove();
}

/** A UUIDv7 (RFC 9562): ids minted here sort by time. @param {number} [now] */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i += 1) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
