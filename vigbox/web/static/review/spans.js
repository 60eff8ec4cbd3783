// The clips as bars on their lane; the selected one has a handle at each end.
import { snapped } from "./snap.js";
import { decimal, say } from "./words.js";

const HANDLE_PX = 48, GRIP_PX = 22;
const KEPT_AFTER_MS = 500; // steps of the keyboard are kept together, as one change

export function spans(film, store, view, lanes, root, { bubble, isTouching }) {
  const bars = new Map();
  const handles = { first: handle("first"), last: handle("last") };
  let draft = null, keeping = 0;

  const selected = () => store.clips.find((each) => each.id === store.selected);
  const edges = (clip) => [film.seconds(clip.first), film.seconds(clip.last + 1)];

  function handle(end) {
    const made = root.querySelector(`[data-handle=${end}]`);
    made.addEventListener("pointerdown", (event) => grab(event, end, made));
    made.addEventListener("keydown", (event) => nudge(event, end));
    return made;
  }

  function grab(event, end, made) {
    const clip = selected();
    if (!clip || event.button) return;
    event.preventDefault();
    made.focus({ preventScroll: true });
    made.setPointerCapture(event.pointerId);
    film.pause();
    const edge = edges(clip)[end === "first" ? 0 : 1];
    // held where it was touched: it does not jump under the finger
    const offset = view.x(edge) - event.clientX;
    const before = { first: clip.first, last: clip.last };
    draft = { id: clip.id, ...before };
    isTouching(true);
    const move = (at) => {
      const { seconds, isAtVoice } = snapped(view.seconds(at.clientX + offset), view, lanes.speech);
      moveTo(end, film.times.edgeAt(seconds), isAtVoice);
    };
    const stop = (at) => {
      for (const [kind, listener] of listeners) made.removeEventListener(kind, listener);
      isTouching(false);
      if (at.type === "pointercancel") draft = { id: clip.id, ...before };
      keep();
    };
    const listeners = [["pointermove", move], ["pointerup", stop], ["pointercancel", stop]];
    for (const [kind, listener] of listeners) made.addEventListener(kind, listener);
  }

  function moveTo(end, edge, isAtVoice = false) {
    if (end === "first") draft.first = Math.max(0, Math.min(draft.last, edge));
    else draft.last = Math.min(film.last, Math.max(draft.first, edge - 1));
    film.go(draft[end]);
    place();
    bubble(view.x(end === "first" ? edges(draft)[0] : edges(draft)[1]), told(draft[end]), isAtVoice);
  }

  const told = (picture) => say("place", { time: film.clock(picture), picture });

  function nudge(event, end) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 }[event.key];
    const clip = selected();
    if (!steps || !clip) return;
    event.preventDefault();
    event.stopPropagation();
    film.pause();
    draft ??= { id: clip.id, first: clip.first, last: clip.last };
    const now = draft[end];
    const wanted = event.shiftKey ? film.pictureAt(film.seconds(now) + steps) : now + steps;
    moveTo(end, end === "first" ? wanted : wanted + 1);
    clearTimeout(keeping);
    keeping = setTimeout(keep, KEPT_AFTER_MS);
  }

  async function keep() {
    clearTimeout(keeping);
    bubble(null);
    const { id, first, last } = draft ?? {};
    const clip = store.clips.find((each) => each.id === id);
    if (clip && (clip.first !== first || clip.last !== last)) await store.change(id, { first, last });
    // another drag may have begun meanwhile
    if (draft && draft.id === id && draft.first === first && draft.last === last) draft = null;
    place();
  }

  function place() {
    for (const clip of store.clips) {
      const shown = draft?.id === clip.id ? draft : clip;
      const [from, to] = edges(shown).map((each) => view.x(each));
      const bar = bars.get(clip.id);
      if (!bar) continue;
      bar.hidden = to < -60 || from > view.width + 60;
      bar.classList.toggle("is-at-start", from < GRIP_PX); // its handle lies inside it then
      bar.style.transform = `translateX(${from}px)`;
      bar.style.width = `${Math.max(6, to - from)}px`;
    }
    placeHandles();
  }

  function placeHandles() {
    const clip = selected(), shown = draft ?? clip;
    const [from, to] = shown ? edges(shown).map((each) => view.x(each)) : [0, 0];
    const isSeen = (x) => clip && x > -HANDLE_PX / 2 && x < view.width + HANDLE_PX / 2;
    put(handles.first, isSeen(from), from - HANDLE_PX, Math.max(GRIP_PX, from), shown?.first);
    put(handles.last, isSeen(to), to, Math.min(view.width - GRIP_PX, to), shown?.last);
  }

  function put(made, isSeen, left, edge, picture) {
    made.hidden = !isSeen;
    if (!isSeen) return;
    const kept = Math.max(0, Math.min(view.width - HANDLE_PX, left));
    made.style.transform = `translateX(${kept}px)`;
    made.style.setProperty("--edge", `${edge - kept}px`);
    made.setAttribute("aria-valuenow", picture);
    made.setAttribute("aria-valuemax", film.last);
    made.setAttribute("aria-valuetext", told(picture));
  }

  function draw() {
    for (const [id, bar] of bars) if (!store.clips.some((each) => each.id === id)) { bar.remove(); bars.delete(id); }
    for (const clip of store.clips) {
      if (!bars.has(clip.id)) bars.set(clip.id, add(clip));
      const bar = bars.get(clip.id), length = film.seconds(clip.last + 1) - film.seconds(clip.first);
      bar.classList.toggle("is-selected", clip.id === store.selected);
      bar.classList.toggle("is-chosen", clip.state === "chosen");
      bar.firstChild.textContent = clip.name || say("length", { length: decimal(length) });
      bar.setAttribute("aria-label", say("clip", { name: clip.name || "", time: film.clock(clip.first), length: decimal(length) }));
      bar.setAttribute("aria-pressed", clip.id === store.selected);
    }
    place();
  }

  function add(clip) {
    const bar = document.createElement("button");
    bar.type = "button";
    bar.className = "bar";
    bar.dataset.bar = clip.id;
    bar.append(document.createElement("span"));
    bar.addEventListener("click", (event) => { if (!event.detail) pick(clip.id); }); // by keyboard
    root.insertBefore(bar, handles.first);
    return bar;
  }

  function pick(id) {
    const clip = store.clips.find((each) => each.id === id);
    if (!clip) return;
    film.pause();
    store.select(id);
    film.go(clip.first);
  }

  return { draw, place, pick };
}
