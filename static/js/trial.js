/* A question: shortcuts, the response clock, one submission, and the files of the next question ahead of time. */

const form = document.querySelector("form.trial");
const status = form.querySelector("[data-status]");
const choices = [...form.querySelectorAll("input[name=choice]")];
const SHORTCUTS_KEY = "shortcuts";
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

function offerAnotherTry() {
  const again = document.createElement("button");
  again.type = "button";
  again.className = "button";
  again.textContent = "Try again";
  again.addEventListener("click", () => location.reload());
  status.replaceChildren("A picture could not be loaded. Nothing is lost. ", again);
}

async function startClock() {
  lockChoices(true);
  const patience = setTimeout(() => { status.textContent = "Loading…"; }, 400);
  try {
    await Promise.all([...[...form.querySelectorAll("img")].map(imageShown), modelsShown()]);
  } catch {
    offerAnotherTry();
    return;
  } finally {
    clearTimeout(patience);
  }
  // Two frames: what is decoded and drawn now is on the screen in the second.
  await nextFrame();
  await nextFrame();
  shownAt = performance.now();
  status.textContent = "";
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
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary") === null) {
    event.preventDefault();
    if (choices.some((choice) => choice.checked)) form.requestSubmit();
  } else if (shortcutsOn() && (event.key === "1" || event.key === "2")) {
    choose(choices[Number(event.key) - 1]);
  }
}

function onSubmit(event) {
  if (sent || shownAt === null) {
    event.preventDefault();
    return;
  }
  sent = true;
  form.elements.response_ms.value = Math.round(performance.now() - shownAt);
  status.textContent = "Saving…";
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
// A page that comes back from the browser's memory may be long answered.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
offerToggle();
startClock();
