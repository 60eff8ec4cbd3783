// Asks how things stand once a second; asking does not keep the box unlocked.
const words = {
  dark: "Off", ready: "Ready", acknowledged: "One moment", recording: "Recording",
  reminder: "Recording for long",
  paused: "Paused", problem: "Recording has a problem", refused: "Refused",
  framing: "Live picture, not recording",
};
const at = (id) => document.getElementById(id);
const page = document.querySelector("[data-page]")?.dataset.page;
let before = null;

export function length(ns) {
  const seconds = Math.floor(ns / 1e9), pad = (n) => String(n).padStart(2, "0");
  const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60;
  return h ? `${h}:${pad(m)}:${pad(seconds % 60)}` : `${m}:${pad(seconds % 60)}`;
}

function showLamp(status) {
  const lamp = document.querySelector(".lamp");
  lamp.dataset.lamp = status.lamp;
  let word = status.mode === "gone" ? "The recorder does not answer" : words[status.lamp];
  if (status.is_deaf) word = "No sound: the microphone gives nothing";
  if (status.is_again) word = "The camera stalled; it is opened again";
  const shown = lamp.querySelector(".word");
  if (shown.textContent !== word) shown.textContent = word;
}

function showRecordings(status) {
  const isRunning = Boolean(status.recording);
  at("running").hidden = !isRunning;
  at("idle").hidden = isRunning;
  at("idle-word").textContent = status.refusal || status.not_ready || "Ready. A press on the box, or here, begins a recording.";
  at("start").disabled = Boolean(status.not_ready);
  at("running-word").textContent = status.mode === "paused" ? "Paused: nothing is seen or heard" : "Recording now";
  at("running-problem").hidden = !status.no_sound;
  if (at("running-problem").textContent !== status.no_sound) at("running-problem").textContent = status.no_sound ?? "";
  at("pause").hidden = status.mode === "paused";
  at("resume").hidden = status.mode !== "paused";
  at("running-length").textContent = length(status.length_ns ?? 0);
  for (const each of document.querySelectorAll("[data-growing]")) each.textContent = length(status.length_ns ?? 0);
}

async function look() {
  try {
    const status = await (await fetch("/status")).json();
    showLamp(status);
    if (page === "recordings") {
      showRecordings(status);
      // a recording came or ended: the list below is another one now
      if (before && before.recording !== status.recording) location.reload();
    }
    if (status.is_locked && !["unlock", "recover"].includes(page) && before) location.assign("/unlock");
    before = status;
  } catch {
    showLamp({ lamp: "dark", mode: "gone" });
  }
}

if (page === "unlock") {
  at("shown").addEventListener("change", (event) => {
    at("passphrase").type = event.target.checked ? "text" : "password";
  });
}
look();
setInterval(look, 1000);

// a page that the browser kept may belong to an unlocked box, or to one that is a client screen now
new BroadcastChannel("vigbox").addEventListener("message", () => location.assign(location.pathname));
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
