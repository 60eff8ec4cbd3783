// The page of one recording: puts film, timeline, transport, keyboard and clips together.
import { clipsPanel } from "./clips.js";
import { edges } from "./edges.js";
import { Film } from "./film.js";
import { growing } from "./growing.js";
import { keyboard } from "./keyboard.js";
import { Lanes } from "./lanes.js";
import { Store } from "./store.js";
import { photo } from "./photo.js";
import { timeline } from "./timeline.js";
import { transport } from "./transport.js";
import { say } from "./words.js";

const at = (id) => document.getElementById(id);
const page = at("watch"), trouble = at("trouble"), told = at("told");

let quiet = 0;
function tell(sentence) {
  told.textContent = sentence;
  told.hidden = !sentence;
  clearTimeout(quiet);
  quiet = setTimeout(() => { told.hidden = true; }, 6000);
}

function troubled(key) {
  trouble.hidden = false;
  trouble.querySelector("p").textContent = say(key);
}

function progress(lanes, line) {
  line.hidden = lanes.state === "ready";
  line.classList.toggle("is-still", lanes.state === "failed");
  const isFilming = lanes.state === "waiting" && at("growing") && !at("growing").classList.contains("is-over");
  line.querySelector("span").textContent = say(isFilming ? "lanes-filming" : `lanes-${lanes.state}`, { percent: Math.round(100 * lanes.progress) });
  line.style.setProperty("--done", lanes.progress);
}

async function open() {
  const film = await Film.open(at("film"), page.dataset.times);
  const store = new Store(page.dataset.recording), lanes = new Lanes(page.dataset.lanes);
  const cut = edges(film, store, tell);
  const lane = timeline(film, store, lanes, at("timeline"));
  const deck = transport(film), panel = clipsPanel(film, store, at("clips"));
  keyboard({ film, store, lane, deck, panel, cut, help: at("help") });
  photo(film, at("photo"), at("photo-sheet"));
  at("starts").addEventListener("click", cut.starts);
  at("ends").addEventListener("click", cut.ends);
  at("closer").addEventListener("click", () => lane.zoom(1.8));
  at("wider").addEventListener("click", () => lane.zoom(1 / 1.8));
  at("keys").addEventListener("click", () => at("help").showModal());
  at("help").addEventListener("click", (event) => { if (event.target.closest("button") || event.target === at("help")) at("help").close(); });
  at("again").addEventListener("click", async () => {
    trouble.hidden = true;
    await film.setSource(page.dataset.film, page.dataset.times).catch(() => troubled("film-unreadable"));
  });
  film.addEventListener("trouble", ({ detail }) => troubled(detail));
  film.addEventListener("state", () => { if (film.isPlaying) trouble.hidden = true; });
  let marked = null;
  store.addEventListener("change", () => {
    const isMore = marked !== null && store.marks.length > marked;
    marked = store.marks.length;
    if (store.told || isMore) tell(store.told || say("marked", { time: film.clock(film.shown, 1) }));
  });
  store.addEventListener("refused", ({ detail }) => tell(detail));
  lanes.addEventListener("change", () => progress(lanes, at("progress")));
  lanes.addEventListener("change", () => { page.dataset.voices = lanes.speech.length; });
  progress(lanes, at("progress"));
  if (at("growing")) growing(film, page, at("growing"));
  if (film.video.error) troubled("film-unreadable");
  film.seeker.go(0); // Safari shows no first picture before one is asked for
  Object.assign(page, { film, store, lanes, view: lane.view }); // for the browser's console, and for tests
  lanes.load();
  await store.load();
  page.dataset.ready = "true";
}

open().catch(() => {
  troubled("film-unreadable");
  // without the times of its pictures nothing of the page works yet: begin anew
  at("again").addEventListener("click", () => location.reload(), { once: true });
});
