/* A question: shortcuts, the response clock, one submission that survives a lost connection, and the files of the next
   question ahead of time. */

import { FIRST_PAUSE_MS, longerPause, reasonFor, verdictOf } from "./delivery.js";
import { all, the } from "./elements.js";
import { painted } from "./patience.js";

const form = the(HTMLFormElement, "form.trial");
const status = the(HTMLElement, "[data-status]", form);
const error = the(HTMLElement, "[data-error]", form);
const banner = the(HTMLElement, "[data-banner]", form);
const group = the(HTMLElement, "[role=radiogroup]", form);
const left = the(HTMLInputElement, "input[name=choice][value=left]", form);
const right = the(HTMLInputElement, "input[name=choice][value=right]", form);
const choices = [left, right];
const missing = the(HTMLElement, "[data-missing]", form);
const next = the(HTMLButtonElement, "[data-submit]", form);
const time = the(HTMLInputElement, "[name=response_ms]", form);
const SHORTCUTS_KEY = "shortcuts";
const PATIENCE_MS = 15_000; // For the server to take an answer.
const LOOK_AGAIN_MS = 30_000; // For a picture or model that did not come.
/** @type {number | null} */
let shownAt = null; // ms on the page's clock, once both alternatives are painted
let sent = false;

document.documentElement.classList.add("scripted");
the(HTMLElement, "h1").focus({ preventScroll: true });

/** @param {boolean} locked */
function lockChoices(locked) {
  for (const choice of choices) choice.disabled = locked;
}

/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** @returns {Promise<unknown>} once the models are painted, where there are any; rejected where they do not come */
function modelsShown() {
  if (!form.dataset.decoder || form.dataset.models === "painted") return Promise.resolve();
  return new Promise((resolve, reject) => {
    form.addEventListener("models-painted", resolve, { once: true });
    form.addEventListener("models-failed", reject, { once: true });
  });
}

/**
 * Nobody judges what did not come: the choices stay locked, and the page looks again by itself.
 * @returns {void}
 */
function withhold() {
  if (sent) return;
  lockChoices(true);
  shownAt = null;
  delete form.dataset.ready;
  status.textContent = "";
  missing.hidden = false;
  if (missing.dataset.looking) return;
  missing.dataset.looking = "true";
  setInterval(lookAgain, LOOK_AGAIN_MS);
  addEventListener("online", lookAgain);
}

/**
 * Asks for every file of the question, past the browser's own copies, which may be the broken ones.
 * @returns {Promise<void>} settled once all have answered; the page is then loaded anew if all came
 */
async function lookAgain() {
  const shown = all(HTMLImageElement, "img", form).map((image) => `${image.getAttribute("src")}`);
  const models = all(HTMLElement, "[data-mesh]", form).map((viewport) => `${viewport.dataset.mesh}`);
  const came = [...shown, ...models].map((address) => fetch(address, { cache: "reload" }).then(
    (response) => response.ok,
    () => false,
  ));
  if ((await Promise.all(came)).every(Boolean)) location.reload();
}

async function startClock() {
  lockChoices(true);
  const patience = setTimeout(() => { status.textContent = "Loading…"; }, 400);
  try {
    await Promise.all([...all(HTMLImageElement, "img", form).map(painted), modelsShown()]);
  } catch {
    withhold();
    return;
  } finally {
    clearTimeout(patience);
  }
  // Two frames: what is decoded and drawn now is on the screen in the second.
  await nextFrame();
  await nextFrame();
  shownAt = performance.now();
  status.textContent = "";
  missing.hidden = true;
  next.disabled = false;
  lockChoices(false);
  form.dataset.ready = "true";
  prefetch();
}

function prefetch() {
  for (const address of (form.dataset.prefetch ?? "").split(" ").filter(Boolean)) fetch(address).catch(() => {});
}

function shortcutsOn() {
  try {
    return localStorage.getItem(SHORTCUTS_KEY) !== "off";
  } catch {
    return true; // Storage may be forbidden.
  }
}

function switchShortcuts() {
  try {
    localStorage.setItem(SHORTCUTS_KEY, shortcutsOn() ? "off" : "on");
  } catch {
    // Storage is forbidden, so the keys stay on.
  }
}

/** @param {HTMLInputElement} choice */
function choose(choice) {
  if (choice.disabled) return;
  choice.checked = true;
  choice.focus({ preventScroll: true });
  complain("");
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Enter" && event.target instanceof Element && event.target.closest("a, button, summary") === null) {
    event.preventDefault();
    form.requestSubmit();
  } else if (shortcutsOn() && (event.key === "1" || event.key === "2")) {
    choose(event.key === "1" ? left : right);
  }
}

/** @param {string} message nothing where all is well */
function complain(message) {
  error.textContent = message;
  if (message) group.setAttribute("aria-invalid", "true"); // An empty value would mean false.
  else group.removeAttribute("aria-invalid");
}

/** @param {SubmitEvent} event */
function onSubmit(event) {
  event.preventDefault();
  if (sent || shownAt === null) return;
  if (!choices.some((choice) => choice.checked)) {
    complain(form.dataset.choose ?? "");
    left.focus();
    return;
  }
  sent = true;
  time.value = String(Math.round(performance.now() - shownAt));
  const answer = new URLSearchParams();
  for (const [name, value] of new FormData(form)) answer.append(name, String(value));
  lockChoices(true); // What is shown as chosen stays what was sent.
  status.textContent = "Saving…";
  deliver(answer);
}

/**
 * Sends the answer until the server has taken it; sent twice, it counts once. The page leaves only when connected.
 * @param {URLSearchParams} answer
 */
async function deliver(answer) {
  for (let pause_ms = FIRST_PAUSE_MS; ; pause_ms = longerPause(pause_ms)) {
    const response = await post(answer);
    const verdict = verdictOf(response);
    if (verdict === "taken") {
      location.assign(form.dataset.next ?? "");
      return;
    }
    if (verdict === "refused") {
      lockChoices(false);
      form.submit(); // The server's own page says what is wrong.
      return;
    }
    const reason = reasonFor(response, navigator.onLine);
    banner.textContent = `${reason} Your answer is kept; trying again. Please leave this page open.`;
    await Promise.race([wait(pause_ms), new Promise((resolve) => addEventListener("online", resolve, { once: true }))]);
  }
}

/**
 * A redirect is not followed: its page is opened, not fetched.
 * @param {URLSearchParams} answer
 * @returns {Promise<Response | null>} null where none came
 */
async function post(answer) {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return await fetch(location.href, { method: "POST", body: answer, redirect: "manual", signal });
  } catch {
    return null;
  }
}

function offerToggle() {
  const toggle = the(HTMLElement, "[data-shortcuts]");
  const label = () => { toggle.textContent = `Number keys: ${shortcutsOn() ? "on" : "off"}`; };
  toggle.addEventListener("click", () => {
    switchShortcuts();
    label();
  });
  label();
  toggle.hidden = false;
}

for (const [side, choice] of /** @type {const} */ ([["left", left], ["right", right]])) {
  form.querySelector(`.option--${side} .option__image`)?.addEventListener("click", () => choose(choice));
}
document.addEventListener("keydown", onKey);
form.addEventListener("submit", onSubmit);
form.addEventListener("change", () => complain(""));
// The script that draws the models may not come either.
document.querySelector("[data-viewer]")?.addEventListener("error", () => form.dispatchEvent(new Event("models-failed")));
// Models that were painted may be lost for good, and their stills may not come.
form.addEventListener("models-failed", () => { if (shownAt !== null) withhold(); });
the(HTMLElement, "[data-again]", form).addEventListener("click", (event) => {
  event.preventDefault();
  lookAgain();
});
// A page that comes back from the browser's memory may be long answered.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
offerToggle();
startClock();
