/* Another try for what did not come: a bad connection may be better in a second. */

const TRIES = 4;

/**
 * Calls `attempt` until it succeeds, with pauses of one, two and four seconds.
 * @template T
 * @param {(tried: number) => Promise<T>} attempt gets how often it failed before
 * @returns {Promise<T>} what it came to; rejected as the fourth try was
 */
export async function patiently(attempt) {
  for (let tried = 0; ; tried += 1) {
    try {
      return await attempt(tried);
    } catch (error) {
      if (tried === TRIES - 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** tried));
    }
  }
}

/**
 * @param {HTMLImageElement} image
 * @returns {Promise<void>} once it can be painted; rejected where it does not come
 */
export function painted(image) {
  return patiently((tried) => {
    if (tried) image.src = `${image.getAttribute("src")}`; // Asks for the file again.
    return image.decode();
  });
}
