/* The 3D part of a question: a WebGL stage or, where there is none, a turntable of stills. */

import { Orbit } from "./viewer/orbit.js";
import { loadGeometry, Stage } from "./viewer/stage.js";
import { Turntable } from "./viewer/turntable.js";

const form = document.querySelector("form.trial");
const options = form.querySelector(".options");
const viewports = [...form.querySelectorAll(".viewport")];
const buttons = form.querySelector("[data-turning]");

function announce(event) {
  form.dataset.models = event === "models-painted" ? "painted" : "failed";
  form.dispatchEvent(new Event(event));
}

function createStage(orbit) {
  try {
    return new Stage(options, viewports, orbit);
  } catch {
    return null; // No WebGL here.
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
    viewports.map((viewport) => loadGeometry(viewport.dataset.mesh, form.dataset.decoder)),
  );
  stage.show(geometries);
  orbit.control(viewports, buttons, form.querySelector("[data-angle]"));
  stage.addEventListener("lost", () => {
    orbit.release();
    showTurntable().catch(() => announce("models-failed"));
  });
  form.dataset.renderer = "webgl";
}

showModels().then(() => announce("models-painted"), () => announce("models-failed"));
