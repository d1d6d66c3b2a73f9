/* Copy the completion code. */

const button = document.querySelector("[data-copy]");
const status = document.querySelector("[data-status]");

button.hidden = !navigator.clipboard;
button.addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  status.textContent = "Copied.";
});
