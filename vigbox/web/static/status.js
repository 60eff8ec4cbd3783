// Asks how things stand once a second; asking does not keep the box unlocked.
const words = JSON.parse(document.querySelector(".lamp").dataset.words); // in the page's language
const at = (id) => document.getElementById(id);
const page = document.querySelector("[data-page]")?.dataset.page;
let before = null;

export function length(ns) {
  const seconds = Math.floor(ns / 1e9), pad = (n) => String(n).padStart(2, "0");
  const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60;
  return h ? `${h}:${pad(m)}:${pad(seconds % 60)}` : `${m}:${pad(seconds % 60)}`;
}

// a start tries the camera whatever is known of it, as the button does
export const isRefused = (status) => Boolean(status.not_ready) && !["camera", "looking"].includes(status.not_ready_kind);

function showLamp(status) {
  const lamp = document.querySelector(".lamp");
  lamp.dataset.lamp = status.lamp;
  let word = status.mode === "gone" ? words.gone : words[status.lamp];
  if (status.is_deaf) word = words.deaf;
  if (status.is_again && status.mode !== "paused") word = words.again;
  if (status.mode === "idle" && status.lamp === "problem") word = words.troubled;
  const shown = lamp.querySelector(".word");
  if (shown.textContent !== word) shown.textContent = word;
}

function showRecordings(status) {
  const isRunning = Boolean(status.recording) || status.mode === "paused"; // also between two parts
  at("running").hidden = !isRunning;
  at("idle").hidden = isRunning;
  const ready = status.is_unarmed ? "unarmed" : "ready";
  at("idle-word").textContent = status.refusal || status.not_ready || at("idle-word").dataset[ready];
  at("start").disabled = isRefused(status);
  at("running-word").textContent = at("running-word").dataset[status.mode === "paused" ? "paused" : "running"];
  at("running-problem").hidden = !status.no_sound;
  if (at("running-problem").textContent !== status.no_sound) at("running-problem").textContent = status.no_sound ?? "";
  at("pause").hidden = status.mode === "paused";
  at("resume").hidden = status.mode !== "paused";
  at("running-length").textContent = length(status.length_ns ?? 0);
  for (const each of document.querySelectorAll("[data-growing]")) each.textContent = length(status.length_ns ?? 0);
}

// what was typed and not sent; what a page keeps by itself stands in no form
function isTyped() {
  const isChanged = (each) => {
    if (each.type === "checkbox" || each.type === "radio") return each.checked !== each.defaultChecked;
    if (each.type === "file") return each.files.length > 0;
    if (each.options) return [...each.options].some((one) => one.selected !== one.defaultSelected);
    return each.defaultValue !== undefined && each.value !== each.defaultValue;
  };
  const typed = [...document.querySelectorAll("main form[method=post]")].flatMap((form) => [...form.elements]);
  return document.querySelector("#pad")?.dataset.signed === "true" || typed.some(isChanged);
}

// locked: the page goes, or, with words that would be lost, is covered until the box is unlocked
function leave() {
  const isCovered = document.body.classList.contains("is-covered");
  if (!at("covered") || !(isCovered || isTyped())) location.assign("/unlock");
  else cover(true);
}

function cover(isLocked) {
  document.body.classList.toggle("is-covered", isLocked);
  document.querySelector("main").inert = isLocked;
  at("covered").hidden = !isLocked;
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
    const isOpen = !status.is_locked || ["unlock", "recover", "again"].includes(page);
    if (!isOpen && before) leave();
    if (isOpen && document.body.classList.contains("is-covered")) cover(false);
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
