// The client screen asks twice a second what to show; when it may not ask any more it is over.
import { send } from "./send.js";
import { Player, toggled } from "./stage.js";

const at = (id) => document.getElementById(id);
const { base, same } = document.body.dataset;
const isSame = same !== undefined;
const film = at("film"), tap = at("tap"), buttons = [...document.querySelectorAll("[data-do]")];
const player = new Player(film, base, { whenRefused: () => { tap.hidden = false; } });
let facts = null, asking = null, failures = 0, isOver = false;

function show(told) {
  facts = told;
  document.body.toggleAttribute("data-blank", told.blank);
  player.follow(told);
  for (const button of buttons) {
    const { do: what, value, by } = button.dataset;
    if (by) button.disabled = told.clip + Number(by) < 1 || told.clip + Number(by) > told.of;
    if (what === "speed") button.setAttribute("aria-pressed", Number(value) === told.speed);
    if (what === "loop") button.setAttribute("aria-pressed", told.loop);
    if (what === "freeze") button.setAttribute("aria-pressed", told.frozen);
  }
  playing();
}

function playing() {
  at("play")?.toggleAttribute("data-playing", facts.playing && !film.ended);
}

function end() {
  isOver = true;
  clearInterval(asking);
  film.pause();
  film.removeAttribute("src");
  film.load();
  at("over").hidden = false;
  tap.hidden = true;
  document.querySelector(".bar")?.remove();
}

async function told(answer) {
  if (isOver) return;
  if (answer.redirected || [401, 403, 404, 410].includes(answer.status)) return end();
  if (answer.ok) { failures = 0; show(await answer.json()); }
}

async function ask() {
  try {
    const answer = await fetch(`${base}/state`);
    if (answer.status >= 500) throw new Error("nobody answers"); // nginx says so while the web is away
    await told(answer);
  } catch {
    // away for a moment; a film that nobody can stop any more is not left running
    if (++failures > 6) film.pause();
  }
}

async function act(what, value) {
  await told(await send(`${base}/do`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ do: what, value }),
  }).catch(() => new Response(null, { status: 503 })));
}

function go(what, value) {
  if (what === "play") {
    // inside the tap itself, or Safari does not let it sound
    const wish = toggled(film, facts);
    if (wish !== "pause") film.play().catch(() => {});
    return act(wish);
  }
  return act(what, value);
}

for (const button of buttons) {
  const { do: what, value, by } = button.dataset;
  button.addEventListener("click", () => go(what, by ? facts.clip + Number(by) : Number(value) || undefined));
}
film.addEventListener("ended", playing);
tap.addEventListener("click", async () => { tap.hidden = true; await player.allow(); });
tap.hidden = isSame;
if (isSame) {
  const keys = { " ": ["play"], l: ["loop"], f: ["freeze"], b: ["blank"] };
  const by = { ArrowLeft: -1, ArrowRight: 1 };
  addEventListener("keydown", (event) => {
    if (!facts || event.metaKey || event.ctrlKey || event.altKey || event.target.closest?.("a, button") && event.key === " ") return;
    const place = facts.clip + (by[event.key] ?? 0);
    if (event.key in keys) go(...keys[event.key]);
    else if (event.key in by && place >= 1 && place <= facts.of) go("clip", place);
    else return;
    event.preventDefault();
  });
}
// what other tabs of this browser still show is led here as well
new BroadcastChannel("vigbox").postMessage("screen");
// back stays here; whatever else is typed, the box leads here again
history.pushState(null, "", location.href);
addEventListener("popstate", () => history.pushState(null, "", location.href));
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("contextmenu", (event) => event.preventDefault());
asking = setInterval(ask, 500);
ask();
