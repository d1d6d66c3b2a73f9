/* What becomes of an answer that was sent, and when it is sent again. */

export const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 8000;
// What our own pages refuse an answer with. Anything else comes from between, and another try may not meet it.
const FINAL = new Set([400, 403, 404, 409, 410, 422]);

/**
 * A redirect that is not followed tells nothing but its kind: the answer was taken, and its page is opened next.
 * @param {Pick<Response, "type" | "status"> | null} response null where none came
 * @returns {"taken" | "refused" | "again"}
 */
export function verdictOf(response) {
  if (response?.type === "opaqueredirect") return "taken";
  return response && FINAL.has(response.status) ? "refused" : "again";
}

/**
 * @param {number} pause_ms before the last try
 * @returns {number} before the next one
 */
export function longerPause(pause_ms) {
  return Math.min(2 * pause_ms, LONGEST_PAUSE_MS);
}

/**
 * @param {Pick<Response, "type" | "status"> | null} response null where none came
 * @param {boolean} online what the browser thinks of its connection
 * @returns {string} why the answer is on its way still, for its sender
 */
export function reasonFor(response, online) {
  if (response) return "The server does not take answers at the moment.";
  return online ? "The server cannot be reached." : "You are offline.";
}
