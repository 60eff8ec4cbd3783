// Hands a film over to a second <video> that holds more of it, at the same picture: no seam is
// seen or heard. One element alone would go black while it opens the longer film.
const LEAD_S = 0.6; // so far ahead of the film on the screen the other one waits for it
const MOST_LEAD_S = 3;
const PATIENCE_MS = 8000;

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const next = (target, kind) => new Promise((done) => { target.addEventListener(kind, done, { once: true }); });

async function within(promise) {
  const late = pause(PATIENCE_MS).then(() => { throw new Error("The newer part of the film did not come."); });
  return Promise.race([promise, late]);
}

async function showsAt(video, seconds) {
  const seeked = next(video, "seeked");
  video.currentTime = seconds;
  await within(seeked);
}

// true once the film that plays comes to a time; false when it was paused or sent elsewhere
function comesTo(film, seconds) {
  const { video } = film, from = video.currentTime;
  return new Promise((done) => {
    const look = () => {
      const at = video.currentTime;
      if (!film.isPlaying || film.span || at < from - 0.1 || at > seconds + 0.3) done(false);
      else if (at >= seconds) done(true);
      else requestAnimationFrame(look);
    };
    look();
  });
}

async function whilePlaying(film, spare, times, leadS) {
  const meetS = times.middle(times.pictureAt(film.video.currentTime + leadS * film.speed));
  spare.preservesPitch = spare.webkitPreservesPitch = true;
  spare.playbackRate = film.speed;
  await showsAt(spare, meetS);
  if (!await comesTo(film, meetS)) return false;
  const playing = next(spare, "playing");
  await spare.play();
  await within(playing);
  const isMet = film.isPlaying && !film.span && Math.abs(film.video.currentTime - spare.currentTime) < 0.3;
  if (!isMet) spare.pause();
  return isMet;
}

async function whileStill(film, spare, times) {
  if (!film.isSettled) await within(next(film, "settled"));
  const { shown } = film;
  await showsAt(spare, times.middle(shown));
  return !film.isPlaying && film.isSettled && film.shown === shown;
}

// Gives the element that is free now. Throws when the longer film does not come.
export async function relay(film, spare, address, times) {
  const opened = next(spare, "loadeddata");
  Object.assign(spare, { src: address, muted: true, preload: "auto" });
  await within(opened);
  for (let lead = LEAD_S, isMet = false; !isMet; lead = Math.min(MOST_LEAD_S, 1.6 * lead)) {
    isMet = film.isPlaying ? await whilePlaying(film, spare, times, lead) : await whileStill(film, spare, times);
  }
  const before = film.video;
  spare.muted = before.muted;
  film.takeOver(spare, times);
  before.muted = true;
  before.pause();
  [before.id, spare.id] = ["", before.id];
  spare.classList.remove("spare");
  before.classList.add("spare");
  before.removeAttribute("src"); // its bytes are let go
  before.load();
  return before;
}
