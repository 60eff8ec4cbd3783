// The drawn box: its lamp shows the simulated pins as they are, its button moves one of them.
import { send } from "/static/send.js";

const box = document.getElementById("drawn-box");
const button = document.getElementById("drawn-button");
let moves = Promise.resolve();

function move(isDown) {
  if (button.classList.contains("is-down") === isDown) return;
  button.classList.toggle("is-down", isDown);
  const body = new URLSearchParams({ down: isDown ? "1" : "0" });
  // one after the other, so that a quick press never arrives the wrong way round
  moves = moves.then(() => send(box.dataset.button, { method: "POST", body }).catch(() => {}));
}

button.addEventListener("pointerdown", (event) => { button.setPointerCapture(event.pointerId); move(true); });
for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(kind, () => move(false));
button.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); move(true); } });
button.addEventListener("keyup", () => move(false));
button.addEventListener("blur", () => move(false));
// a page that goes away while the finger is down would leave the button down for good
addEventListener("pagehide", () => {
  if (button.classList.contains("is-down")) send(box.dataset.button, { method: "POST", body: new URLSearchParams({ down: "0" }), keepalive: true });
});
button.addEventListener("contextmenu", (event) => event.preventDefault());

async function look() {
  let rgb = [0, 0, 0];
  try { ({ rgb } = await (await fetch(box.dataset.panel)).json()); } catch { /* nobody there: dark */ }
  const level = Math.max(...rgb);
  const shade = (base, glow) => `rgb(${rgb.map((part, i) => Math.round(base[i] + (glow[i] * part)))})`;
  document.getElementById("drawn-lamp").style.fill = shade([28, 33, 31], [227, 222, 140]);
  document.getElementById("drawn-glow").style.fill = `rgb(${rgb.map((part) => Math.round(255 * part))} / ${0.35 * level})`;
  setTimeout(look, 150);
}
look();
