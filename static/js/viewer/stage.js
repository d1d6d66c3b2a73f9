/* One WebGL context that draws every model into its own rectangle, all seen by the same camera. */

import {
  Box3, Color, DirectionalLight, HemisphereLight, MathUtils, Mesh, MeshStandardMaterial, PerspectiveCamera, Scene,
  Vector3, WebGLRenderer,
} from "three";
import { DRACOLoader } from "three/addons/loaders/DRACOLoader.js";

import { patiently } from "./patience.js";

const FIELD_OF_VIEW = 20; // Degrees. A long lens: a face keeps its proportions.
const MARGIN = 1.02;
const MAX_PIXEL_RATIO = 2;
const CLAY = "#c8c0b6"; // Neutral and matt, the same for every model.

let decoder;

/* A Draco mesh with smooth normals; three more tries on a bad connection. */
export function loadGeometry(address, decoderPath) {
  decoder ??= new DRACOLoader().setDecoderPath(decoderPath).setWorkerLimit(2);
  return patiently(async () => {
    const geometry = await decoder.loadAsync(address);
    geometry.computeVertexNormals();
    return geometry;
  });
}

export class Stage extends EventTarget {
  #canvas = document.createElement("canvas");
  #camera = new PerspectiveCamera(FIELD_OF_VIEW);
  #scenes = [];
  #target = new Vector3();
  #size = new Vector3();
  #scheduled = false;
  #losses = 0;

  /* Throws where the browser has no WebGL. */
  constructor(container, viewports, orbit) {
    super();
    this.container = container;
    this.viewports = viewports;
    this.orbit = orbit;
    const context = this.#canvas.getContext("webgl2", { antialias: true, alpha: true, powerPreference: "low-power" });
    if (!context) throw new Error("This browser has no WebGL 2.");
    this.renderer = new WebGLRenderer({ canvas: this.#canvas, context, antialias: true, alpha: true });
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, MAX_PIXEL_RATIO));
    this.renderer.setScissorTest(true);
    this.#canvas.className = "stage";
    this.#canvas.setAttribute("aria-hidden", "true");
    container.append(this.#canvas);
    orbit.addEventListener("change", () => this.#schedule());
    new ResizeObserver(() => this.#fit()).observe(container);
    this.#surviveContextLoss();
  }

  /* Geometries in the order of the viewports, in one common frame: the same scale for all. */
  show(geometries) {
    const bounds = new Box3();
    for (const geometry of geometries) {
      geometry.computeBoundingBox();
      bounds.union(geometry.boundingBox);
    }
    bounds.getCenter(this.#target);
    bounds.getSize(this.#size);
    this.#scenes = geometries.map(sceneOf);
    this.#fit();
  }

  #fit() {
    const { width, height } = this.container.getBoundingClientRect();
    this.renderer.setSize(width, height, false);
    this.#draw();
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#draw();
    });
  }

  #draw() {
    const frame = this.container.getBoundingClientRect();
    this.#scenes.forEach((scene, index) => {
      const { left, bottom, width, height } = this.viewports[index].getBoundingClientRect();
      const rectangle = [left - frame.left, frame.bottom - bottom, width, height];
      this.renderer.setViewport(...rectangle);
      this.renderer.setScissor(...rectangle);
      this.#aim(width / height);
      this.renderer.render(scene, this.#camera);
    });
  }

  #aim(aspect) {
    const half = Math.max(this.#size.y, this.#size.x / aspect) / 2;
    const distance = (half * MARGIN) / Math.tan(MathUtils.degToRad(FIELD_OF_VIEW / 2)) + this.#size.z / 2;
    const polar = MathUtils.degToRad(90 - this.orbit.elevation);
    const around = MathUtils.degToRad(this.orbit.azimuth);
    this.#camera.position.setFromSphericalCoords(distance, polar, around).add(this.#target);
    this.#camera.lookAt(this.#target);
    Object.assign(this.#camera, { aspect, zoom: this.orbit.zoom, near: distance / 10, far: distance * 3 });
    this.#camera.updateProjectionMatrix();
  }

  /* Once the context may come back; after three seconds or a second loss the stills take over. */
  #surviveContextLoss() {
    let patience;
    this.#canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.#losses += 1;
      patience = setTimeout(() => this.#giveUp(), this.#losses > 1 ? 0 : 3000);
    });
    this.#canvas.addEventListener("webglcontextrestored", () => {
      clearTimeout(patience);
      this.#schedule();
    });
  }

  #giveUp() {
    this.#canvas.remove();
    this.dispatchEvent(new Event("lost"));
  }
}

function sceneOf(geometry) {
  const material = new MeshStandardMaterial({ color: new Color(CLAY), roughness: 0.85, metalness: 0 });
  const key = new DirectionalLight("#ffffff", 2.5);
  key.position.set(-0.6, 0.7, 1);
  const fill = new DirectionalLight("#ffffff", 0.4);
  fill.position.set(1, 0.1, 0.6);
  return new Scene().add(new Mesh(geometry, material), key, fill, new HemisphereLight("#ffffff", "#77736f", 0.7));
}
