// Plays a film to the picture: pictures are counted, times come from the film itself.
import { clipsPanel } from "./review/clips.js";
import { Store } from "./review/store.js";

const at = (id) => document.getElementById(id);
const film = at("film"), seek = at("seek");
const speeds = [1, 0.5, 0.25, 2];
const ticks = new Uint32Array(await (await fetch(at("watch").dataset.times)).arrayBuffer());
const last = ticks.length - 1;
let shown = 0, loop = null;

const seconds = (picture) => ticks[picture] / 90000;
// the middle between two indexed times: a time at the edge may land on either picture
const middle = (picture) => (seconds(picture) + (picture < last ? seconds(picture + 1) : seconds(picture) + 0.02)) / 2;

function pictureAt(time) {
  let low = 0, high = last;
  const tick = time * 90000 + 1;
  while (low < high) {
    const mid = (low + high + 1) >> 1;
    if (ticks[mid] <= tick) low = mid; else high = mid - 1;
  }
  return low;
}

function clock(picture) {
  const time = seconds(picture), minutes = Math.floor(time / 60);
  return `${minutes}:${(time - 60 * minutes).toFixed(2).padStart(5, "0")}`;
}

function place(picture) {
  shown = picture;
  seek.value = picture;
  at("time").textContent = clock(picture);
  at("picture").textContent = picture;
  if (loop && !film.paused && picture >= loop.last) film.currentTime = middle(loop.first);
}

function go(picture) {
  const wanted = Math.max(0, Math.min(last, picture));
  place(wanted);
  film.currentTime = middle(wanted);
}

function step(by) { film.pause(); loop = null; go(shown + by); }

function playSpan(from, to) {
  loop = { first: from, last: to };
  go(from);
  film.play();
}

function draw() {
  at("bars").replaceChildren(...store.clips.map((clip) => {
    const span = document.createElement("i");
    span.style.left = `${(100 * clip.first) / last}%`;
    span.style.width = `${(100 * (clip.last - clip.first)) / last}%`;
    return span;
  }));
}

function follow(_, frame) {
  place(pictureAt(frame.mediaTime));
  film.requestVideoFrameCallback(follow);
}

film.requestVideoFrameCallback(follow);
film.addEventListener("play", () => at("play").setAttribute("aria-label", "Pause"));
film.addEventListener("pause", () => at("play").setAttribute("aria-label", "Play"));
for (const kind of ["play", "pause"]) {
  film.addEventListener(kind, () => {
    at("play").querySelector("path").setAttribute("d", film.paused ? "M8 5v14l11-7z" : "M7 5h4v14H7zM14 5h4v14h-4z");
  });
}
film.addEventListener("error", () => { at("time").textContent = "The film cannot be read here. Open the page again."; });

const toggle = () => { if (film.paused) film.play(); else { film.pause(); loop = null; } };
at("play").addEventListener("click", toggle);
film.addEventListener("click", toggle);
at("previous").addEventListener("click", () => step(-1));
at("next").addEventListener("click", () => step(1));
at("back5").addEventListener("click", () => { loop = null; go(pictureAt(Math.max(0, seconds(shown) - 5))); });
seek.addEventListener("input", () => { loop = null; go(+seek.value); });
at("speed").addEventListener("click", () => { film.playbackRate = speeds[(speeds.indexOf(film.playbackRate) + 1) % speeds.length]; });
film.addEventListener("ratechange", () => { at("speed").textContent = { 1: "1×", 0.5: "½×", 0.25: "¼×", 2: "2×" }[film.playbackRate]; });
const store = new Store(at("watch").dataset.recording);
store.addEventListener("change", draw);
at("mark").addEventListener("click", () => store.mark(shown));
at("watch").film = {
  get shown() { return shown; }, last, seconds, pictureAt, clock, go, step, playSpan,
  play: () => film.play(), pause: () => { film.pause(); loop = null; }, toggle,
  get speed() { return film.playbackRate; }, set speed(rate) { film.playbackRate = rate; },
};
clipsPanel(at("watch").film, store, at("clips"));
const keys = {
  " ": toggle, ArrowLeft: () => step(-1), ArrowRight: () => step(1), m: () => at("mark").click(),
  c: () => at("make-clip").click(), j: () => at("back5").click(), s: () => at("speed").click(),
};
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=range]), textarea, select, button, summary") || event.ctrlKey || event.metaKey) return;
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
});
await store.load();
at("watch").dataset.ready = "true";
