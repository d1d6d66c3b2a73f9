/* Stills of a model from a circle of directions, side by side in one strip: what is left without WebGL. */

const FRAMES = 12;
const PIXELS_PER_FRAME = 18;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class Turntable {
  #frame = 0;

  constructor(viewports, buttons) {
    this.strips = viewports.map(stripIn);
    this.loaded = Promise.all(this.strips.map((strip) => strip.decode()));
    this.slider = sliderIn(buttons);
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
    for (const viewport of viewports) this.#controlFrom(viewport);
  }

  show(frame) {
    this.#frame = clamp(frame, 0, FRAMES - 1);
    this.slider.value = this.#frame;
    for (const strip of this.strips) strip.style.transform = `translateX(${(-100 / FRAMES) * Math.round(this.#frame)}%)`;
  }

  #controlFrom(viewport) {
    viewport.classList.add("viewport--live");
    viewport.tabIndex = 0;
    viewport.setAttribute("role", "application");
    viewport.setAttribute("aria-label", `3D view of option ${viewport.dataset.letter}, use arrow keys`);
    viewport.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, r: -FRAMES, R: -FRAMES }[event.key];
      if (step) {
        event.preventDefault();
        this.show(this.#frame + step);
      }
    });
    viewport.addEventListener("pointerdown", (event) => viewport.setPointerCapture(event.pointerId));
    viewport.addEventListener("pointermove", (event) => {
      if (event.buttons) this.show(this.#frame + event.movementX / PIXELS_PER_FRAME);
    });
  }
}

function stripIn(viewport) {
  const strip = new Image();
  strip.className = "viewport__strip";
  strip.alt = "";
  strip.draggable = false;
  strip.src = viewport.dataset.turntable;
  viewport.replaceChildren(strip);
  return strip;
}

function sliderIn(buttons) {
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: FRAMES - 1, value: 0, step: 1 });
  slider.setAttribute("aria-label", "Turn both 3D models");
  buttons.replaceChildren(slider);
  buttons.hidden = false;
  return slider;
}
