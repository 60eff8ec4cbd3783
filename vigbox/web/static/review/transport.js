// The buttons beneath the film, and the exact place: time and picture.
import { SPEEDS } from "./film.js";
import { say } from "./words.js";

const SPEED_WORDS = { 0.25: "¼×", 0.5: "½×", 1: "1×", 2: "2×" };
const at = (id) => document.getElementById(id);
const on = (id, does) => at(id)?.addEventListener("click", does);

export function transport(film) {
  const stage = at("stage"), speeds = at("speeds");

  function place() {
    at("time").textContent = film.clock(film.shown);
    at("picture").textContent = film.shown;
  }

  function state() {
    at("length").textContent = film.clock(film.last + 1, 0);
    const isPlaying = film.isPlaying;
    at("play").setAttribute("aria-label", say(isPlaying ? "pause" : "play"));
    at("play").classList.toggle("is-playing", isPlaying);
    at("loop").setAttribute("aria-pressed", film.loop);
    at("speed").textContent = SPEED_WORDS[film.speed];
    at("speed").setAttribute("aria-label", say("speed", { speed: SPEED_WORDS[film.speed] }));
    at("speed").classList.toggle("is-other", film.speed !== 1);
    for (const each of speeds.children) each.setAttribute("aria-pressed", +each.value === film.speed);
  }

  function openSpeeds(isOpen) {
    speeds.hidden = !isOpen;
    at("speed").setAttribute("aria-expanded", isOpen);
  }

  on("play", () => film.toggle());
  stage.querySelector(".screen").addEventListener("click", (event) => { if (event.target === film.video) film.toggle(); });
  on("previous", () => film.step(-1));
  on("next", () => film.step(1));
  on("back5", () => film.jump(-5));
  on("loop", () => { film.loop = !film.loop; });
  on("full", full);
  on("speed", () => openSpeeds(speeds.hidden));
  speeds.addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (chosen) film.speed = +chosen.value;
    openSpeeds(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#speeds, #speed")) openSpeeds(false);
  });
  film.addEventListener("picture", place);
  film.addEventListener("settled", () => { stage.dataset.settled = film.shown; });
  film.addEventListener("picture", () => { if (!film.isSettled) delete stage.dataset.settled; });
  film.addEventListener("state", state);
  place();
  state();

  function full() {
    const now = document.fullscreenElement ?? document.webkitFullscreenElement;
    if (now) (document.exitFullscreen ?? document.webkitExitFullscreen).call(document);
    else if (stage.requestFullscreen) stage.requestFullscreen();
    else if (stage.webkitRequestFullscreen) stage.webkitRequestFullscreen();
    else film.video.webkitEnterFullscreen?.(); // a phone shows the film alone
  }

  return {
    full,
    nextSpeed: () => { film.speed = SPEEDS[(SPEEDS.indexOf(film.speed) + 1) % SPEEDS.length]; },
    faster: () => { film.speed = SPEEDS[Math.min(SPEEDS.length - 1, SPEEDS.indexOf(film.speed) + 1)]; },
  };
}
