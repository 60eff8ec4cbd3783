// The timeline: an overview of the whole film, and beneath it the lanes, zoomed, under the finger.
import { gestures } from "./gestures.js";
import { marksLane } from "./marks.js";
import { overview } from "./overview.js";
import { fresh, inks, paintRuler, paintSound, paintStrip } from "./paint.js";
import { snapped } from "./snap.js";
import { spans } from "./spans.js";
import { View } from "./view.js";
import { say } from "./words.js";

const FIRST_S = 60; // of a longer film, so much is shown at first
const EDGE_PX = 28, EDGE_PART = 0.012;

export function timeline(film, store, lanes, root) {
  const one = (name) => root.querySelector(name);
  const area = one(".lanes"), canvas = one(".lanes canvas"), head = one(".playhead"), value = one(".value");
  const places = Object.fromEntries([...area.querySelectorAll("[data-lane]")].map((each) => [each.dataset.lane, each]));
  const view = new View(film.lengthS, area.clientWidth);
  view.set(0, FIRST_S);
  const whole = overview(film, store, lanes, view, one(".overview"));
  const marks = marksLane(film, store, view, places.ruler, one(".mark-menu"));
  let isTouched = false, isDue = false, held = null;
  const clips = spans(film, store, view, lanes, places.clips, { bubble: tell, isTouching: (is) => { isTouched = is; } });

  function tell(x, text, isAtVoice = false) {
    value.hidden = x === null;
    value.classList.toggle("is-at-voice", isAtVoice);
    if (x === null) return;
    value.textContent = text;
    const half = value.offsetWidth / 2;
    value.style.transform = `translateX(${Math.max(0, Math.min(view.width - 2 * half, x - half))}px)`;
  }

  function paint() {
    isDue = false;
    view.resize(film.lengthS, area.clientWidth);
    const pen = fresh(canvas), ink = inks(root);
    const box = (name) => ({ top: places[name].offsetTop, height: places[name].offsetHeight });
    paintStrip(pen, view, lanes, box("strip"), ink);
    paintSound(pen, view, lanes, box("wave"), ink);
    paintRuler(pen, view, film.times, box("ruler"), ink);
    whole.paint();
    clips.place();
    marks.place();
    placeHead();
  }

  function due() {
    if (!isDue) requestAnimationFrame(paint);
    isDue = true;
  }

  function placeHead() {
    const x = view.x(film.seconds(film.shown));
    head.hidden = x < -1 || x > view.width + 1;
    head.style.transform = `translateX(${x}px)`;
    head.setAttribute("aria-valuemax", film.last);
    head.setAttribute("aria-valuenow", film.shown);
    head.setAttribute("aria-valuetext", say("place", { time: film.clock(film.shown), picture: film.shown }));
  }

  function shown() {
    placeHead();
    whole.place();
    if (!isTouched) view.follow(film.seconds(film.shown));
  }

  function drawn() {
    clips.draw();
    marks.draw();
    due();
  }

  // scrubbing: the film follows the finger; at an edge the lanes slide on
  function scrub() {
    if (held === null) return;
    if (held < EDGE_PX) view.pan(-EDGE_PART * view.lengthS);
    if (held > view.width - EDGE_PX) view.pan(EDGE_PART * view.lengthS);
    const picture = film.pictureAt(Math.max(0, Math.min(film.lengthS, view.seconds(held))));
    if (picture !== film.shown) film.go(picture);
    requestAnimationFrame(scrub);
  }

  const ghost = one(".ghost");
  const spanOf = (from, to) => {
    const [a, b] = [film.times.edgeAt(Math.min(from, to)), film.times.edgeAt(Math.max(from, to))];
    return { first: Math.min(a, film.last), last: Math.min(film.last, Math.max(a, b - 1)) };
  };

  function drawSpan(phase, x, start) {
    start.s ??= snapped(view.seconds(start.x), view, lanes.speech).seconds;
    const { seconds, isAtVoice } = snapped(view.seconds(x), view, lanes.speech);
    const span = spanOf(start.s, seconds);
    ghost.hidden = phase === "end" || phase === "cancel";
    const from = view.x(film.seconds(span.first)), to = view.x(film.seconds(span.last + 1));
    ghost.style.transform = `translateX(${from}px)`;
    ghost.style.width = `${Math.max(2, to - from)}px`;
    const moving = x < view.x(start.s) ? span.first : span.last;
    if (phase === "move") film.go(moving);
    tell(ghost.hidden ? null : x, say("place", { time: film.clock(moving), picture: moving }), isAtVoice);
    if (phase === "end") store.addClip(span.first, span.last);
  }

  gestures(area, view, {
    tap(x, { target }) {
      const bar = target.closest("[data-bar]"), near = target.closest("[data-flag]") && marks.near(x);
      if (bar) return clips.pick(bar.dataset.bar);
      if (near) return marks.pick(near);
      marks.close();
      film.go(film.pictureAt(view.seconds(x)));
    },
    drag(phase, x, start) {
      if (phase === "start") {
        film.pause();
        marks.close();
        isTouched = true;
      }
      if (phase === "end" || phase === "cancel") isTouched = false;
      if (start.target.closest("[data-lane=clips]")) return drawSpan(phase, x, start);
      const wasHeld = held !== null;
      held = isTouched ? x : null;
      if (isTouched && !wasHeld) scrub();
    },
  });
  head.addEventListener("keydown", (event) => {
    if (event.key === "PageUp") film.jump(5);
    if (event.key === "PageDown") film.jump(-5);
  });

  view.addEventListener("change", due);
  lanes.addEventListener("change", due);
  film.addEventListener("picture", shown);
  film.addEventListener("state", due);
  store.addEventListener("change", drawn);
  store.addEventListener("select", () => {
    drawn();
    const clip = store.clips.find((each) => each.id === store.selected);
    if (clip && !isTouched) view.reveal(film.seconds(clip.first), film.seconds(clip.last + 1));
  });
  new ResizeObserver(due).observe(area);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", due);
  drawn();

  return {
    view,
    zoom: (factor) => view.zoom(factor, Math.max(0, Math.min(view.width, view.x(film.seconds(film.shown))))),
    fit: () => view.set(0, film.lengthS),
  };
}
