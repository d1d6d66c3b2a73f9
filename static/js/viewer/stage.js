/* One WebGL context that draws every model into its own rectangle, all seen by the same camera. */

import {
  Box3, Color, DirectionalLight, HemisphereLight, MathUtils, Mesh, MeshStandardMaterial, PerspectiveCamera, Scene,
  Vector3, WebGLRenderer,
} from "three";
import { DRACOLoader } from "three/addons/loaders/DRACOLoader.js";

import { viewingDistance } from "./maths.js";
import { patiently } from "../patience.js";

const FIELD_OF_VIEW = 20; // Degrees. A long lens: a face keeps its proportions.
const MARGIN = 1.02;
const MAX_PIXEL_RATIO = 2;
const CLAY = "#c8c0b6"; // Neutral and matt, the same for every model.

/** @import { BufferGeometry } from "three" */
/** @import { Orbit } from "./orbit.js" */

/** @type {DRACOLoader | undefined} */
let decoder;

/**
 * A Draco mesh with smooth normals; three more tries on a bad connection.
 * @param {string} address
 * @param {string} decoderPath the folder of the decoder, with a slash at its end
 * @returns {Promise<BufferGeometry>}
 */
export function loadGeometry(address, decoderPath) {
  decoder ??= new DRACOLoader().setDecoderPath(decoderPath).setWorkerLimit(2);
  const loader = decoder;
  return patiently(async () => {
    const geometry = await loader.loadAsync(address);
    geometry.computeVertexNormals();
    return geometry;
  });
}

export class Stage extends EventTarget {
  #canvas = document.createElement("canvas");
  #camera = new PerspectiveCamera(FIELD_OF_VIEW);
  /** @type {Scene[]} in the order of the viewports */
  #scenes = [];
  #target = new Vector3();
  #size = new Vector3();
  #scheduled = false;
  #losses = 0;

  /**
   * @param {HTMLElement} container
   * @param {HTMLElement[]} viewports
   * @param {Orbit} orbit
   * @throws {Error} the browser has no WebGL
   */
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

  /**
   * In one common frame: the same scale for all.
   * @param {BufferGeometry[]} geometries in the order of the viewports
   */
  show(geometries) {
    const bounds = new Box3();
    for (const geometry of geometries) {
      geometry.computeBoundingBox();
      if (geometry.boundingBox) bounds.union(geometry.boundingBox);
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
    for (const [index, scene] of this.#scenes.entries()) {
      const viewport = this.viewports[index];
      if (!viewport) continue;
      const { left, bottom, width, height } = viewport.getBoundingClientRect();
      /** @type {[number, number, number, number]} */
      const rectangle = [left - frame.left, frame.bottom - bottom, width, height];
      this.renderer.setViewport(...rectangle);
      this.renderer.setScissor(...rectangle);
      this.#aim(width / height);
      this.renderer.render(scene, this.#camera);
    }
  }

  /** @param {number} aspect */
  #aim(aspect) {
    const distance = viewingDistance(this.#size, aspect, FIELD_OF_VIEW, MARGIN);
    const polar = MathUtils.degToRad(90 - this.orbit.elevation);
    const around = MathUtils.degToRad(this.orbit.azimuth);
    this.#camera.position.setFromSphericalCoords(distance, polar, around).add(this.#target);
    this.#camera.lookAt(this.#target);
    Object.assign(this.#camera, { aspect, zoom: this.orbit.zoom, near: distance / 10, far: distance * 3 });
    this.#camera.updateProjectionMatrix();
  }

  /* Once the context may come back; after three seconds or a second loss the stills take over. */
  #surviveContextLoss() {
    /** @type {number | undefined} */
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

/** @param {BufferGeometry} geometry */
function sceneOf(geometry) {
  const material = new MeshStandardMaterial({ color: new Color(CLAY), roughness: 0.85, metalness: 0 });
  const key = new DirectionalLight("#ffffff", 2.5);
  key.position.set(-0.6, 0.7, 1);
  const fill = new DirectionalLight("#ffffff", 0.4);
  fill.position.set(1, 0.1, 0.6);
  return new Scene().add(new Mesh(geometry, material), key, fill, new HemisphereLight("#ffffff", "#77736f", 0.7));
}
