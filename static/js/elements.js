/* The parts of a page that its script cannot do without. */

/**
 * @template {Element} T
 * @param {new () => T} kind the class that it has, such as HTMLFormElement
 * @param {string} selector
 * @param {ParentNode} [within] the whole page unless given
 * @returns {T}
 * @throws {Error} the page has none
 */
export function the(kind, selector, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${selector}.`);
  return found;
}

/**
 * @template {Element} T
 * @param {new () => T} kind the class that they have
 * @param {string} selector
 * @param {ParentNode} [within] the whole page unless given
 * @returns {T[]} in the order of the page; maybe none
 */
export function all(kind, selector, within = document) {
  /** @type {T[]} */
  const ofKind = [];
  for (const found of within.querySelectorAll(selector)) if (found instanceof kind) ofKind.push(found);
  return ofKind;
}
