/* A question: shortcuts, the response clock, one submission that survives a lost connection, and the files of the next
   question ahead of time. */

const form = document.querySelector("form.trial");
const status = form.querySelector("[data-status]");
const error = form.querySelector("[data-error]");
const banner = form.querySelector("[data-banner]");
const group = form.querySelector("[role=radiogroup]");
const choices = [...form.querySelectorAll("input[name=choice]")];
const missing = form.querySelector("[data-missing]");
const next = form.querySelector("[data-submit]");
const SHORTCUTS_KEY = "shortcuts";
const PATIENCE_MS = 15_000; // For the server to take an answer.
const LONGEST_PAUSE_MS = 8000; // Between two tries.
const LOOK_AGAIN_MS = 30_000; // For a picture or model that did not come.
// What our own pages refuse an answer with. Anything else comes from between, and another try may not meet it.
const FINAL = new Set([400, 403, 404, 410, 422]);
let shownAt = null; // ms on the page's clock, once both alternatives are painted
let sent = false;

document.documentElement.classList.add("scripted");
document.querySelector("h1").focus({ preventScroll: true });

function lockChoices(locked) {
  for (const choice of choices) choice.disabled = locked;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

async function imageShown(image) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await image.decode();
    } catch (error) {
      if (attempt === 3) throw error;
      await wait(1000 * 2 ** attempt);
      image.src = image.getAttribute("src"); // Ask for the file again.
    }
  }
}

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
  if (!missing.hidden && missing.dataset.looking) return;
  missing.hidden = false;
  missing.dataset.looking = "true";
  setInterval(lookAgain, LOOK_AGAIN_MS);
  addEventListener("online", lookAgain);
}

/**
 * Asks for every file of the question, past the browser's own copies, which may be the broken ones.
 * @returns {Promise<void>} settled once all have answered; the page is then loaded anew if all came
 */
async function lookAgain() {
  const shown = [...form.querySelectorAll("img")].map((image) => image.getAttribute("src"));
  const models = [...form.querySelectorAll("[data-mesh]")].map((viewport) => viewport.dataset.mesh);
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
    await Promise.all([...[...form.querySelectorAll("img")].map(imageShown), modelsShown()]);
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
  for (const address of form.dataset.prefetch.split(" ").filter(Boolean)) fetch(address).catch(() => {});
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

function choose(choice) {
  if (choice.disabled) return;
  choice.checked = true;
  choice.focus({ preventScroll: true });
  complain("");
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary") === null) {
    event.preventDefault();
    form.requestSubmit();
  } else if (shortcutsOn() && (event.key === "1" || event.key === "2")) {
    choose(choices[Number(event.key) - 1]);
  }
}

function complain(message) {
  error.textContent = message;
  if (message) group.setAttribute("aria-invalid", "true"); // An empty value would mean false.
  else group.removeAttribute("aria-invalid");
}

function onSubmit(event) {
  event.preventDefault();
  if (sent || shownAt === null) return;
  if (!choices.some((choice) => choice.checked)) {
    complain(form.dataset.choose);
    choices[0].focus();
    return;
  }
  sent = true;
  form.elements.response_ms.value = Math.round(performance.now() - shownAt);
  const answer = new URLSearchParams(new FormData(form));
  lockChoices(true); // What is shown as chosen stays what was sent.
  status.textContent = "Saving…";
  deliver(answer);
}

/* Sends the answer until the server has taken it; sent twice, it counts once. The page leaves only when connected. */
async function deliver(answer) {
  for (let pause = 1000; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const response = await post(answer);
    if (response?.type === "opaqueredirect") {
      location.assign(form.dataset.next);
      return;
    }
    if (response && FINAL.has(response.status)) {
      lockChoices(false);
      form.submit(); // The server's own page says what is wrong.
      return;
    }
    banner.textContent = `${reasonFor(response)} Your answer is kept; trying again. Please leave this page open.`;
    await Promise.race([wait(pause), new Promise((resolve) => addEventListener("online", resolve, { once: true }))]);
  }
}

function reasonFor(response) {
  if (response) return "The server does not take answers at the moment.";
  return navigator.onLine ? "The server cannot be reached." : "You are offline.";
}

/* The server's response; null where none came. A redirect is not followed: its page is opened, not fetched. */
async function post(answer) {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return await fetch(location.href, { method: "POST", body: answer, redirect: "manual", signal });
  } catch {
    return null;
  }
}

function offerToggle() {
  const toggle = document.querySelector("[data-shortcuts]");
  const label = () => { toggle.textContent = `Number keys: ${shortcutsOn() ? "on" : "off"}`; };
  toggle.addEventListener("click", () => {
    switchShortcuts();
    label();
  });
  label();
  toggle.hidden = false;
}

for (const [index, option] of form.querySelectorAll(".option").entries()) {
  option.querySelector(".option__image")?.addEventListener("click", () => choose(choices[index]));
}
document.addEventListener("keydown", onKey);
form.addEventListener("submit", onSubmit);
form.addEventListener("change", () => complain(""));
// The script that draws the models may not come either.
document.querySelector("[data-viewer]")?.addEventListener("error", () => form.dispatchEvent(new Event("models-failed")));
// Models that were painted may be lost for good, and their stills may not come.
form.addEventListener("models-failed", () => { if (shownAt !== null) withhold(); });
form.querySelector("[data-again]").addEventListener("click", (event) => {
  event.preventDefault();
  lookAgain();
});
// A page that comes back from the browser's memory may be long answered.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
offerToggle();
startClock();
