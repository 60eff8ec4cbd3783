// A film that is still being made: it grows by itself under whoever watches, and "Now" goes to
// what was filmed a moment ago.
import { relay } from "./relay.js";
import { PictureTimes, clock } from "./times.js";
import { say } from "./words.js";

const LOOK_MS = 1000;
const BEHIND_S = 6; // "Now" is so far behind: enough to open the next part while this one plays
const NEAR_END_S = 4, SOON_S = 2, CALM_S = 10; // newer seconds worth fetching: near the end, elsewhere
const WATCHED_MS = 30_000; // a page that was left alone fetches nothing, and the box locks in time

export function growing(film, page, note) {
  const now = note.querySelector("button"), told = note.querySelector("[data-at=told]");
  const { newest, recording } = note.dataset;
  let spare = film.video.cloneNode(), isWaiting = false, touchedAt = performance.now(), grown = null;
  spare.removeAttribute("src");
  spare.id = "";
  spare.className = "spare";
  film.video.before(spare);
  film.isGrowing = true;

  const isWatched = () => film.isPlaying || isWaiting || performance.now() - touchedAt < WATCHED_MS;
  const isDue = (newerS) => {
    const isNear = isWaiting || (film.isPlaying && film.lengthS - film.seconds(film.shown) < NEAR_END_S * film.speed);
    return isWatched() && !film.video.webkitDisplayingFullscreen && newerS > (isNear ? SOON_S : CALM_S);
  };

  async function fetchNewest() {
    const answer = await fetch(newest);
    if (!answer.ok) throw new Error(answer.status);
    const found = await answer.json();
    if (found.film !== page.dataset.film) {
      spare = await relay(film, spare, found.film, await PictureTimes.fetch(found.times));
      Object.assign(page.dataset, { film: found.film, times: found.times });
    }
    return found;
  }

  // one at a time; gives nothing when the box is busy: it is asked again in a moment
  function grow() {
    grown ??= fetchNewest().catch(() => null).finally(() => { grown = null; });
    return grown;
  }

  function goOn() {
    if (!isWaiting || film.shown === film.last) return;
    isWaiting = false;
    film.step(1);
    film.play();
  }

  // asking for the status does not keep the box unlocked; asking for the film would
  async function look() {
    let isRunning = true;
    try {
      const status = await (await fetch("/status")).json();
      if (status.recording === recording) {
        const lengthS = status.length_ns / 1e9;
        told.textContent = say("growing", { time: clock(lengthS, 0) });
        if (isDue(lengthS - film.lengthS)) await grow();
      } else if (status.mode !== "gone") isRunning = !await ended();
      goOn();
    } catch {
      // the box is asked again in a moment
    }
    if (isRunning) setTimeout(look, LOOK_MS);
  }

  async function ended() {
    const found = await grow();
    if (!found || found.is_running) return false;
    film.isGrowing = false;
    now.hidden = true;
    note.classList.add("is-over");
    told.textContent = say(found.is_cut ? "growing-cut" : "growing-over");
    for (const each of page.querySelectorAll("[data-when=over]")) each.hidden = false;
    if (film.shown === film.last) isWaiting = false;
    return true;
  }

  film.addEventListener("starved", () => { isWaiting = true; });
  film.addEventListener("state", () => { if (film.isPlaying) isWaiting = false; });
  now.addEventListener("click", async () => {
    now.disabled = true;
    await grow();
    now.disabled = false;
    film.go(film.pictureAt(Math.max(0, film.lengthS - BEHIND_S)));
    film.play();
  });
  // Safari lets an element play with sound that was loaded under a finger, once for each
  document.addEventListener("click", () => { if (!spare.src) spare.load(); });
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => { touchedAt = performance.now(); });
  look();
}
