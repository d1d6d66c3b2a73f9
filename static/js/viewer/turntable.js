/* Stills of a model side by side in one strip: what is left without WebGL.

   The strip is one swing of the head in twelve frames: front, to the right, front, to the left and back. These seven
   of them show every direction once, from the left to the right. */

import { painted } from "../patience.js";
import { clamp } from "./maths.js";
import { makeTurnable } from "./viewport.js";

const FRAMES = 12;
const VIEWS = [9, 10, 11, 0, 1, 2, 3]; // Frames, from the left to the right.
const FRONT = VIEWS.indexOf(0);
const PIXELS_PER_VIEW = 24;

/**
 * @param {number} view index into VIEWS, whole or not, within them or not
 * @returns {number} how far the strip is moved to show it, in percent of its width
 */
export function shiftOf(view) {
  const frame = VIEWS[Math.round(clamp(view, 0, VIEWS.length - 1))] ?? 0;
  return -(100 * frame) / FRAMES;
}

/**
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">} event
 * @param {number} view the one that is shown
 * @returns {number | undefined} the one that a key asks for; none for keys that belong to the browser
 */
export function viewAfter(event, view) {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  /** @type {Record<string, number>} */
  const views = { ArrowLeft: view - 1, ArrowRight: view + 1, r: FRONT, R: FRONT };
  return views[event.key];
}

export class Turntable {
  #view = FRONT;

  /**
   * @param {HTMLElement[]} viewports
   * @param {HTMLElement} buttons their place is the slider's
   */
  constructor(viewports, buttons) {
    this.strips = viewports.map(stripIn);
    this.loaded = Promise.all(this.strips.map(painted));
    this.slider = sliderIn(buttons);
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
    for (const viewport of viewports) this.#controlFrom(viewport);
  }

  /** @param {number} view index into VIEWS; fractions are kept, so that slow drags add up */
  show(view) {
    this.#view = clamp(view, 0, VIEWS.length - 1);
    this.slider.value = String(Math.round(this.#view));
    for (const strip of this.strips) strip.style.transform = `translateX(${shiftOf(this.#view)}%)`;
  }

  /** @param {HTMLElement} viewport */
  #controlFrom(viewport) {
    makeTurnable(viewport);
    viewport.addEventListener("keydown", (event) => {
      const view = viewAfter(event, this.#view);
      if (view === undefined) return;
      event.preventDefault();
      this.show(view);
    });
    viewport.addEventListener("pointerdown", (event) => viewport.setPointerCapture(event.pointerId));
    viewport.addEventListener("pointermove", (event) => {
      if (event.buttons) this.show(this.#view + event.movementX / PIXELS_PER_VIEW);
    });
  }
}

/** @param {HTMLElement} viewport */
function stripIn(viewport) {
  const strip = new Image();
  strip.className = "viewport__strip";
  strip.alt = "";
  strip.draggable = false;
  strip.src = viewport.dataset.turntable ?? "";
  viewport.replaceChildren(strip);
  return strip;
}

/** @param {HTMLElement} buttons */
function sliderIn(buttons) {
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: VIEWS.length - 1, step: 1, value: FRONT });
  slider.setAttribute("aria-label", "Turn both 3D models");
  buttons.replaceChildren(slider);
  buttons.hidden = false;
  return slider;
}
