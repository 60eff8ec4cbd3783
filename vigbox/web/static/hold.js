// While somebody has to wait: asks whether the box's button was held, and opens the page again.
import { send } from "./send.js";

const told = document.getElementById("hold");
told.hidden = false;

async function ask() {
  try {
    const answer = await send(told.dataset.address, { method: "POST" });
    if ((await answer.json()).granted) location.assign("/unlock");
  } catch { /* the box may be restarting; ask again */ }
}

ask();
setInterval(ask, 1000);
