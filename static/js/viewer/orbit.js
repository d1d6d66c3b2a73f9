/* One viewing direction for all models, turned by pointer, touch, keyboard and buttons. */

import { clamp } from "./maths.js";
import { makeTurnable } from "./viewport.js";

const DEGREES_PER_PIXEL = 0.5;
const STEP_DEGREES = 15;
const ZOOM_STEP = 1.2;
const MAX_ELEVATION = 80;
const ZOOM_RANGE = /** @type {const} */ ([0.7, 4]);

export class Orbit extends EventTarget {
  /* Azimuth and elevation of the viewer in degrees (0, 0: in front), and magnification. */
  azimuth = 0;
  elevation = 0;
  zoom = 1;
  /** @type {Map<number, PointerEvent>} */
  #pointers = new Map();
  #listening = new AbortController();

  /**
   * @param {number} azimuth degrees to add
   * @param {number} elevation degrees to add
   */
  turn(azimuth, elevation) {
    this.azimuth = ((this.azimuth + azimuth + 540) % 360) - 180;
    this.elevation = clamp(this.elevation + elevation, -MAX_ELEVATION, MAX_ELEVATION);
    this.dispatchEvent(new Event("change"));
  }

  /** @param {number} factor */
  magnify(factor) {
    this.zoom = clamp(this.zoom * factor, ...ZOOM_RANGE);
    this.dispatchEvent(new Event("change"));
  }

  reset() {
    Object.assign(this, { azimuth: 0, elevation: 0, zoom: 1 });
    this.dispatchEvent(new Event("change"));
  }

  /**
   * By the names of the buttons; any other does nothing.
   * @param {string | undefined} name "left" turns the face to the left of the screen
   */
  act(name) {
    /** @type {Record<string, () => void>} */
    const actions = {
      left: () => this.turn(STEP_DEGREES, 0),
      right: () => this.turn(-STEP_DEGREES, 0),
      up: () => this.turn(0, -STEP_DEGREES),
      down: () => this.turn(0, STEP_DEGREES),
      in: () => this.magnify(ZOOM_STEP),
      out: () => this.magnify(1 / ZOOM_STEP),
      reset: () => this.reset(),
    };
    actions[name ?? ""]?.();
  }

  /**
   * @param {HTMLElement[]} viewports
   * @param {HTMLElement} buttons
   * @param {HTMLElement} angle where screen readers find the direction
   */
  control(viewports, buttons, angle) {
    const options = { signal: this.#listening.signal };
    for (const viewport of viewports) this.#controlFrom(viewport, options);
    for (const button of buttons.querySelectorAll("button")) {
      button.addEventListener("click", () => this.act(button.dataset.turn), options);
    }
    // A click leaves the focus where it is, so that Enter still means Next.
    buttons.addEventListener("mousedown", (event) => event.preventDefault(), options);
    buttons.hidden = false;
    this.#announceTo(angle, options);
  }

  release() {
    this.#listening.abort();
  }

  /**
   * @param {HTMLElement} viewport
   * @param {{ signal: AbortSignal }} options
   */
  #controlFrom(viewport, options) {
    makeTurnable(viewport);
    viewport.addEventListener("keydown", (event) => this.#onKey(viewport, event), options);
    viewport.addEventListener("pointerdown", (event) => this.#onDown(viewport, event), options);
    viewport.addEventListener("pointermove", (event) => this.#onMove(event), options);
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      viewport.addEventListener(end, (event) => this.#pointers.delete(event.pointerId), options);
    }
    viewport.addEventListener("wheel", (event) => this.#onWheel(event), { ...options, passive: false });
  }

  /**
   * @param {HTMLElement} viewport
   * @param {KeyboardEvent} event
   */
  #onKey(viewport, event) {
    /** @type {Record<string, string>} */
    const names = {
      ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
      "+": "in", "=": "in", "-": "out", r: "reset", R: "reset",
    };
    if (event.key === "Escape") viewport.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in names)) return;
    event.preventDefault();
    this.act(names[event.key]);
  }

  /**
   * @param {HTMLElement} viewport
   * @param {PointerEvent} event
   */
  #onDown(viewport, event) {
    viewport.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, event);
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const apart = this.#spread();
    this.#pointers.set(event.pointerId, event);
    if (this.#pointers.size === 1) {
      const elevation = (event.clientY - before.clientY) * DEGREES_PER_PIXEL;
      this.turn((before.clientX - event.clientX) * DEGREES_PER_PIXEL, elevation);
    } else if (apart) {
      this.magnify(this.#spread() / apart);
    }
  }

  /** @returns {number} pixels between two fingers; 0 where there are not two */
  #spread() {
    const [first, second] = this.#pointers.values();
    return first && second ? Math.hypot(first.clientX - second.clientX, first.clientY - second.clientY) : 0;
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    if (!event.ctrlKey) return; // A plain wheel scrolls the page; a pinch on a trackpad arrives with ctrlKey.
    event.preventDefault();
    this.magnify(Math.exp(-event.deltaY / 200));
  }

  /**
   * For screen readers, once the movement rests.
   * @param {HTMLElement} angle
   * @param {{ signal: AbortSignal }} options
   */
  #announceTo(angle, options) {
    /** @type {number | undefined} */
    let resting;
    this.addEventListener("change", () => {
      clearTimeout(resting);
      resting = setTimeout(() => { angle.textContent = this.describe(); }, 600);
    }, options);
  }

  /** @returns {string} the direction in words */
  describe() {
    const sideways = Math.round(Math.abs(this.azimuth));
    const upright = Math.round(Math.abs(this.elevation));
    const parts = [
      sideways && `${sideways} degrees from the ${this.azimuth > 0 ? "right" : "left"}`,
      upright && `${upright} degrees from ${this.elevation > 0 ? "above" : "below"}`,
    ].filter(Boolean);
    return `View: ${parts.join(", ") || "front"}`;
  }
}
