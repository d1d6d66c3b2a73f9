/* The rectangle that shows one model. */

/**
 * Lets it be reached by keyboard, and says so.
 * @param {HTMLElement} viewport
 */
export function makeTurnable(viewport) {
  viewport.classList.add("viewport--live");
  viewport.tabIndex = 0;
  viewport.setAttribute("role", "application");
  viewport.setAttribute("aria-label", `3D view of option ${viewport.dataset.letter}, use arrow keys`);
}
