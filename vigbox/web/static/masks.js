// Masks of a clip: proposed by the box, changed by finger, and looked at to the end before it leaves.
import { send } from "./send.js";

const root = document.querySelector("#masks");
const at = (id) => document.getElementById(id);
const say = (word, gaps = {}) => Object.entries(gaps).reduce((text, [gap, value]) => text.replace(`{${gap}}`, value), root.dataset[word]);
const size = [+root.dataset.width, +root.dataset.height], WAIT_MS = 120;
let state = JSON.parse(root.dataset.state), isSeen = false, watched = "", busy = Promise.resolve();

const number = () => +at("number").value;
const covering = (face) => face.spans.find(([first, end]) => first <= number() && number() < end);

async function ask(path, method, facts) {
  at("problem").hidden = true;
  try {
    const answer = await send(`${root.dataset.base}${path}`, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(facts) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error);
    // what was watched are not these masks any more, whoever asked for the change
    if (told.version !== state.version) unlook();
    state = told;
    show();
    return true;
  } catch (error) {
    at("problem").textContent = error instanceof SyntaxError || error instanceof TypeError ? say("failed") : error.message;
    at("problem").hidden = false;
    return false;
  }
}

// one change after the other, in the order of the taps
function change(make) {
  busy = busy.then(async () => {
    const faces = make(structuredClone(state.faces));
    unlook();
    if (await ask("", "PUT", { faces, seen: state.version })) at("told").textContent = say("kept");
  });
}

function unlook() {
  isSeen = false;
  watched = "";
  at("film").pause();
  at("film").hidden = true;
  at("film").removeAttribute("src");
}

let waits = 0;
function picture() {
  clearTimeout(waits);
  waits = setTimeout(() => { at("picture").src = `${root.dataset.picture.replace("-0.jpg", `-${number()}.jpg`)}?width=960`; }, WAIT_MS);
  at("place").textContent = `${number() - state.first + 1} / ${state.end - state.first}`;
  paint();
}

function paint(more = null) {
  const part = (value, whole) => `${(100 * value) / whole}%`;
  const shown = state.faces.map((face, n) => [covering(face), face.stays, n + 1]).filter(([span]) => span);
  if (more) shown.push([[0, 0, ...more], false, ""]);
  at("boxes").replaceChildren(...shown.map(([[, , x, y, w, h], stays, name]) => {
    const box = Object.assign(document.createElement("div"), { className: stays ? "mask is-seen" : "mask", textContent: name });
    Object.assign(box.style, { left: part(x, size[0]), top: part(y, size[1]), width: part(w, size[0]), height: part(h, size[1]) });
    return box;
  }));
}

function button(word, does, pressed) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: say(word) });
  if (pressed !== undefined) made.setAttribute("aria-pressed", pressed);
  made.addEventListener("click", does);
  return made;
}

function row(face, n) {
  const item = Object.assign(document.createElement("li"), { className: "card" });
  const [first, end] = [face.spans[0][0], face.spans.at(-1)[1]];
  const title = Object.assign(document.createElement("p"), { textContent: `${n + 1} · ${say(face.by)} · ${first - state.first + 1}–${end - state.first}` });
  const tools = Object.assign(document.createElement("div"), { className: "row" });
  const set = (stays) => change((faces) => { faces[n].stays = stays; return faces; });
  tools.append(button("covered", () => set(false), !face.stays), button("stays", () => set(true), face.stays));
  if (face.by === "finger") {
    const trim = (keep) => change((faces) => {
      const spans = faces[n].spans.map((span) => keep([...span])).filter(([a, b]) => a < b);
      if (spans.length) faces[n].spans = spans;
      return faces;
    });
    tools.append(button("begins", () => trim(([a, b, ...box]) => [Math.max(a, number()), b, ...box])));
    tools.append(button("ends", () => trim(([a, b, ...box]) => [a, Math.min(b, number() + 1), ...box])));
  }
  const gone = button("remove", () => change((faces) => faces.filter((_, m) => m !== n)));
  gone.className = "quiet";
  tools.append(gone);
  item.append(title, tools);
  return item;
}

function show() {
  at("faces").replaceChildren(...state.faces.map(row));
  if (!state.faces.length) at("told").textContent ||= say("none");
  for (const each of document.querySelectorAll("#people input")) {
    if (state.looked_at) each.checked = state.hidden.includes(+each.value);
    each.disabled = !!state.looked_at;
  }
  at("make").disabled = !state.version || !state.is_current;
  at("looked").disabled = !isSeen || !!state.looked_at;
  at("looked").hidden = !!state.looked_at;
  at("done").hidden = at("leave").hidden = !state.looked_at;
  picture();
}

at("find").addEventListener("click", () => {
  busy = busy.then(async () => {
    at("find").disabled = true;
    at("told").textContent = say("looking");
    unlook();
    const isDone = await ask("/find", "POST", {});
    at("told").textContent = isDone ? say("found", { count: state.faces.filter((each) => each.by === "box").length }) : "";
    at("find").disabled = false;
  });
});

// seen is what was played to its end from its start, whatever was jumped over is not
at("make").addEventListener("click", () => {
  watched = state.version;
  at("film").src = `${root.dataset.preview}?version=${watched}`;
  at("film").hidden = false;
  at("film").play().catch(() => {});
});
at("film").addEventListener("ended", () => {
  const { played, duration } = at("film");
  let seen = 0;
  for (let n = 0; n < played.length; n += 1) seen += played.end(n) - played.start(n);
  isSeen = seen >= duration - 0.3 && watched === state.version;
  at("looked").disabled = !isSeen;
});
at("looked").addEventListener("click", () => {
  const hidden = [...document.querySelectorAll("#people input:checked")].map((each) => +each.value);
  ask("/looked", "POST", { version: watched, hidden });
});
at("leave").addEventListener("submit", async (event) => {
  event.preventDefault();
  const machine = at("machine");
  const isDone = await ask("/export", "POST", { purpose: at("purpose").value, machine: machine.value });
  if (isDone) at("told").textContent = say("made", { machine: machine.selectedOptions[0].textContent });
});
at("still").addEventListener("click", () => {
  at("still").href = `${root.dataset.still.replace("-0.jpg", `-${number()}.jpg`)}?purpose=${encodeURIComponent(at("purpose").value)}`;
});

let from = null; // where the finger came down, in pixels of the film
const place = (event) => {
  const box = at("photo").getBoundingClientRect();
  const within = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
  return [within(((event.clientX - box.left) * size[0]) / box.width, size[0]), within(((event.clientY - box.top) * size[1]) / box.height, size[1])];
};
const drawn = (event) => {
  const [x, y] = place(event);
  return [Math.min(x, from[0]), Math.min(y, from[1]), Math.abs(x - from[0]), Math.abs(y - from[1])];
};
function drawing(isOn) {
  at("draw").setAttribute("aria-pressed", isOn);
  at("draw-how").hidden = !isOn;
  at("photo").classList.toggle("is-drawing", isOn);
}
at("draw").addEventListener("click", () => drawing(at("draw").getAttribute("aria-pressed") !== "true"));
at("photo").addEventListener("pointerdown", (event) => {
  if (event.button || !at("photo").classList.contains("is-drawing")) return;
  at("photo").setPointerCapture(event.pointerId);
  from = place(event);
});
at("photo").addEventListener("pointermove", (event) => { if (from) paint(drawn(event)); });
at("photo").addEventListener("pointerup", (event) => {
  if (!from) return;
  const box = drawn(event);
  from = null;
  if (box[2] < 8 || box[3] < 8) { paint(); return; }
  drawing(false);
  change((faces) => [...faces, { by: "finger", stays: false, spans: [[state.first, state.end, ...box]] }]);
});
at("photo").addEventListener("pointercancel", () => { from = null; paint(); });
at("number").addEventListener("input", picture);
for (const each of document.querySelectorAll("[data-step]")) {
  each.addEventListener("click", () => { at("number").value = number() + +each.dataset.step; picture(); });
}
show();
