/* What both ways of showing a model compute with. */

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @returns {number} the value, or the end of the range that it passed
 */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * How far a camera stands from the middle of what it shows whole, upright and from the front.
 * @param {{ x: number, y: number, z: number }} size of the box around it, in any unit
 * @param {number} aspect width of the picture by its height
 * @param {number} fieldOfView upright, in degrees
 * @param {number} margin 1 where the box may touch the edges
 * @returns {number} in the unit of the box
 */
export function viewingDistance(size, aspect, fieldOfView, margin) {
  const half = (margin * Math.max(size.y, size.x / aspect)) / 2;
  return half / Math.tan((fieldOfView * Math.PI) / 360) + size.z / 2; // The nearest side of the box is what must fit.
}
