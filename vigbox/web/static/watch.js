// Plays a film to the picture: pictures are counted, times come from the film itself.
const at = (id) => document.getElementById(id);
const film = at("film"), seek = at("seek");
const speeds = [1, 0.5, 0.25, 2];
const ticks = new Uint32Array(await (await fetch(at("watch").dataset.times)).arrayBuffer());
const last = ticks.length - 1;
let shown = 0, first = null, end = null, loop = null;

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

function bar(from, to, kind) {
  const span = document.createElement("i");
  if (kind) span.className = kind;
  span.style.left = `${(100 * from) / last}%`;
  span.style.width = `${(100 * (to - from)) / last}%`;
  return span;
}

function draw() {
  const clips = [...document.querySelectorAll(".clip")].map((c) => bar(+c.dataset.first, +c.dataset.last));
  if (first !== null) clips.push(bar(first, end ?? first, "new"));
  at("bars").replaceChildren(...clips);
  at("in-time").textContent = first === null ? "–" : clock(first);
  at("out-time").textContent = end === null ? "–" : clock(end);
  at("first").value = first ?? "";
  at("last").value = end ?? "";
  const isSpan = first !== null && end !== null && end >= first;
  at("save").disabled = at("try").disabled = !isSpan;
  if (isSpan) {
    const long = seconds(end) - seconds(first);
    at("advice").textContent = `${long.toFixed(1)} s. ${long > 10 ? "Shorter shows more: up to 10 s." : "Good."}`;
  } else if (first !== null && end !== null) {
    at("advice").textContent = "It ends before it starts. Move one of them.";
  }
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
film.addEventListener("error", () => { at("advice").textContent = "The film cannot be read here. Open the page again."; });

const toggle = () => { if (film.paused) film.play(); else { film.pause(); loop = null; } };
at("play").addEventListener("click", toggle);
film.addEventListener("click", toggle);
at("previous").addEventListener("click", () => step(-1));
at("next").addEventListener("click", () => step(1));
at("back5").addEventListener("click", () => { loop = null; go(pictureAt(Math.max(0, seconds(shown) - 5))); });
seek.addEventListener("input", () => { loop = null; go(+seek.value); });
at("speed").addEventListener("click", () => {
  const next = speeds[(speeds.indexOf(film.playbackRate) + 1) % speeds.length];
  film.playbackRate = next;
  at("speed").textContent = { 1: "1×", 0.5: "½×", 0.25: "¼×", 2: "2×" }[next];
});
at("in").addEventListener("click", () => { first = shown; draw(); });
at("out").addEventListener("click", () => { end = shown; film.pause(); draw(); });
at("try").addEventListener("click", () => playSpan(first, end));
for (const clip of document.querySelectorAll(".clip")) {
  clip.querySelector(".show").addEventListener("click", () => {
    document.querySelector(".clip.is-shown")?.classList.remove("is-shown");
    clip.classList.add("is-shown");
    playSpan(+clip.dataset.first, +clip.dataset.last);
  });
}
const keys = {
  " ": toggle, ArrowLeft: () => step(-1), ArrowRight: () => step(1), i: () => at("in").click(),
  o: () => at("out").click(), j: () => at("back5").click(), s: () => at("speed").click(),
};
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=range]), select, button, summary") || event.ctrlKey || event.metaKey) return;
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
});
draw();
at("watch").dataset.ready = "true";
