// Proves that this browser trusts the box's authority: a service worker is refused behind a warning
// that was clicked through, and so nothing is proved there. Then the box asks for HTTPS alone.
import { send } from "../send.js";

const told = document.getElementById("trust-told");

async function prove() {
  const proof = await navigator.serviceWorker.register("/static/trust/worker.js");
  await proof.unregister();
  await send("/trust/proved", { method: "POST" });
}

function show(what) {
  document.documentElement.dataset.trust = what;
  if (told) { told.textContent = told.dataset[what]; told.dataset.is = what; told.hidden = false; }
}

if (location.protocol === "https:") {
  try {
    await prove();
    show("trusted");
  } catch {
    show("doubted");
  }
}
