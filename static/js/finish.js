/* Copy the completion code. */

import { the } from "./elements.js";

const button = the(HTMLButtonElement, "[data-copy]");
const status = the(HTMLElement, "[data-status]");
const code = the(HTMLElement, `#${button.dataset.copy}`);

button.hidden = !navigator.clipboard;
button.addEventListener("click", async () => {
  await navigator.clipboard.writeText(code.textContent ?? "");
  status.textContent = "Copied.";
});
