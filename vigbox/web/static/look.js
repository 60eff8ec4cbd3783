// The live picture: asked for one by one, drawn and forgotten. Closes when nobody touches it.
import { send, token } from "./send.js";
import { isRefused } from "./status.js"; // which runs on this page already

const IDLE_MS = 3 * 60 * 1000, PAUSE_MS = 120, AGAIN_MS = 700, CALM_MS = 1500;
const at = (id) => document.getElementById(id);
const words = at("look").dataset, canvas = at("picture"), pen = canvas.getContext("2d");
let number = 0, touched = Date.now(), peaks = [], wasFilming = false, isOver = false, saidAt = 0;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function leave(to = words.done) {
  if (isOver) return;
  isOver = true;
  location.assign(to);
}

function say(word) {
  at("look-word").textContent = word;
  at("look-word").hidden = !word;
}

function showLevel(peak) {
  at("level").value = Math.max(-60, peak);
  // what is said follows the last seconds, so that a breath between two words is no silence
  peaks = [...peaks, peak].slice(-15);
  const loudest = Math.max(...peaks);
  const kind = loudest > -1 ? "loud" : loudest > -35 ? "good" : loudest > -55 ? "quiet" : "none";
  if (at("level-word").textContent === words[kind] || Date.now() - saidAt < CALM_MS) return;
  at("level-word").textContent = words[kind];
  at("level").dataset.kind = kind;
  saidAt = Date.now();
}

async function show(answer) {
  const picture = await createImageBitmap(await answer.blob());
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  pen.drawImage(picture, 0, 0);
  picture.close();
  number = Number(answer.headers.get("X-Number"));
  showLevel(Number(answer.headers.get("X-Peak")));
  say(answer.headers.get("X-Black") === "1" ? words.paused : "");
  canvas.dataset.number = number;
}

function hide(word) {
  pen.fillRect(0, 0, canvas.width, canvas.height);
  showLevel(-96);
  say(word);
}

async function look() {
  while (!isOver) {
    if (Date.now() - touched > IDLE_MS) return leave();
    if (document.hidden) { await wait(AGAIN_MS); continue; }
    try {
      const answer = await fetch(`/box/look/picture?after=${number}`);
      if (answer.redirected) return leave("/unlock");
      if (answer.ok) { await show(answer); await wait(PAUSE_MS); continue; }
      hide(answer.status === 503 ? (await answer.json()).error : words.gone);
    } catch {
      hide(words.gone);
    }
    await wait(AGAIN_MS);
  }
}

async function follow() {
  while (!isOver) {
    try {
      const status = await (await fetch("/status")).json();
      if (status.is_locked) return leave("/unlock");
      const isFilming = Boolean(status.recording);
      if (wasFilming && !isFilming) return leave();
      wasFilming = isFilming;
      const told = isFilming ? "" : status.refusal || status.not_ready || "";
      at("look-problem").textContent = told;
      at("look-problem").hidden = !told;
      at("look-start").hidden = isFilming;
      at("look-stop").hidden = !isFilming;
      at("start").disabled = isRefused(status);
    } catch { /* the lamp's line says that nobody answers */ }
    await wait(1000);
  }
}

for (const form of [at("look-start"), at("look-stop")]) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form.action, { method: "POST" });
  });
}
for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, () => { touched = Date.now(); });
const end = () => navigator.sendBeacon("/box/look/end", new URLSearchParams({ csrf_token: token() }));
addEventListener("pagehide", end);
document.addEventListener("visibilitychange", () => { if (document.hidden) end(); });
look();
follow();
