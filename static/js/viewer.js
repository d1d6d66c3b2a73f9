/* The 3D part of a question: a WebGL stage or, where there is none, a turntable of stills. */

import { all, the } from "./elements.js";
import { Orbit } from "./viewer/orbit.js";
import { loadGeometry, Stage } from "./viewer/stage.js";
import { Turntable } from "./viewer/turntable.js";

const form = the(HTMLFormElement, "form.trial");
const options = the(HTMLElement, ".options", form);
const viewports = all(HTMLElement, ".viewport", form);
const buttons = the(HTMLElement, "[data-turning]", form);

/** @param {"models-painted" | "models-failed"} event */
function announce(event) {
  form.dataset.models = event === "models-painted" ? "painted" : "failed";
  form.dispatchEvent(new Event(event));
}

/**
 * @param {Orbit} orbit
 * @returns {Stage | null} null where the browser has no WebGL
 */
function createStage(orbit) {
  try {
    return new Stage(options, viewports, orbit);
  } catch {
    return null;
  }
}

async function showTurntable() {
  form.dataset.renderer = "turntable";
  await new Turntable(viewports, buttons).loaded;
}

async function showModels() {
  const orbit = new Orbit();
  const stage = createStage(orbit);
  if (!stage) return showTurntable();
  const geometries = await Promise.all(
    viewports.map((viewport) => loadGeometry(viewport.dataset.mesh ?? "", form.dataset.decoder ?? "")),
  );
  stage.show(geometries);
  orbit.control(viewports, buttons, the(HTMLElement, "[data-angle]", form));
  stage.addEventListener("lost", () => {
    orbit.release();
    showTurntable().catch(() => announce("models-failed"));
  });
  form.dataset.renderer = "webgl";
}

showModels().then(() => announce("models-painted"), () => announce("models-failed"));
