// Waits for the button to be held, then asks for the code; tells when the computer has paired, or
// the code has run out.
const form = document.getElementById("pair-form");
const card = document.getElementById("pairing");
const address = form.dataset.pairing;
const hasCode = Boolean(document.getElementById("code"));
let paired = null;
let timer = 0;

async function look() {
  let now;
  try { now = await (await fetch(address)).json(); } catch { return; } // the next look may reach it
  if (!hasCode) {
    if (now.held) { clearInterval(timer); form.requestSubmit(); }
    return;
  }
  if (paired !== null && now.paired > paired) location.assign("/machines");
  paired ??= now.paired;
  const left = document.getElementById("left");
  if (now.left_s > 0) left.textContent = left.dataset.left.replace("{seconds}", now.left_s);
  else { left.textContent = left.dataset.over; clearInterval(timer); }
}
timer = setInterval(look, 1000);
if (card) card.scrollIntoView({ block: "nearest" });
