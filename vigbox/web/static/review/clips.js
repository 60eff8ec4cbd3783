// The side panel of a review: two taps from watching to a saved clip, everything else in place.
// Its words are in templates/clips_panel.html. Cards are kept and updated, never drawn anew: what
// somebody is typing stays, and so does the focus.
import { decimal } from "./words.js";

const LONG_MS = 10000, NEAR_S = 20;

const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, key) => facts[key]);
const part = (root, name) => root.querySelector(`[data-at="${name}"]`);
const press = (button, isOn) => button.setAttribute("aria-pressed", String(isOn));
const tenths = (ms) => decimal(ms / 1000);

// film: what is shown and where to go; store: what the box keeps; root: holds clips_panel.html
export function clipsPanel(film, store, root) {
  const panel = root.matches(".clips-panel") ? root : root.querySelector(".clips-panel");
  const words = panel.dataset, cards = new Map();
  const at = (id) => document.getElementById(id); // Mark and Clip stand beside the film
  const list = panel.querySelector(".clip-list"), marks = panel.querySelector(".marks");
  let known = null, fresh = null; // the mark that was made last: Clip makes a clip around it

  const copy = (name) => panel.querySelector(`[data-template="${name}"]`).content.cloneNode(true);

  function tell(sentence) {
    part(panel, "refused").hidden = true;
    part(panel, "told").textContent = sentence;
  }

  // a mark made anywhere on the page since the last answer
  function noteFresh() {
    const made = store.marks.find((each) => each.from === "page" && known && !known.has(each.id));
    known = new Set(store.marks.map((each) => each.id));
    if (fresh && !known.has(fresh.id)) fresh = null;
    // one that came back by undo is not new to whoever watches
    if (!made || store.redo) return;
    fresh = made;
    tell(fill(words.marked, { time: film.clock(made.picture), seconds: words.aroundSeconds }));
  }

  async function clipAround(picture) {
    if (!await store.clipAround(picture)) return;
    fresh = null;
    const made = store.clip(store.selected);
    if (made) tell(fill(words.made, { time: film.clock(made.first), seconds: tenths(made.length_ms) }));
  }

  // a mark that was left behind is no longer meant
  const isNear = (mark) => mark && Math.abs(film.seconds(film.shown) - film.seconds(mark.picture)) < NEAR_S;

  function drawMarks() {
    const isInClip = (each) => store.clips.some((clip) => clip.first <= each.picture && each.picture <= clip.last);
    const rows = store.marks.filter((each) => !isInClip(each)).map((each) => {
      const row = copy("mark").firstElementChild, time = film.clock(each.picture);
      row.querySelector("output").textContent = time;
      row.querySelector("[data-from]").hidden = each.from !== "button";
      for (const button of row.querySelectorAll("button")) button.ariaLabel = fill(button.ariaLabel, { time });
      row.querySelector(".go").addEventListener("click", () => { film.pause(); film.go(each.picture); });
      row.querySelector(".make").addEventListener("click", () => clipAround(each.picture));
      row.querySelector(".drop").addEventListener("click", () => store.removeMark(each.id));
      return row;
    });
    marks.replaceChildren(...rows);
  }

  function drawUndo() {
    for (const key of ["undo", "redo"]) {
      const button = at(key), word = button.querySelector("[data-word]");
      button.disabled = !store[key];
      word.textContent = store[key] ? fill(words[key], { what: store[key] }) : word.dataset.word;
      button.title = word.textContent;
    }
  }

  function draw() {
    for (const [id, card] of cards) if (!store.clip(id)) { card.root.remove(); cards.delete(id); }
    store.clips.forEach((clip, place) => {
      const card = cards.get(clip.id) ?? clipCard(film, store, panel, clip.id);
      cards.set(clip.id, card);
      // moved only when it must be: a moved card loses the focus inside it
      if (list.children[place] !== card.root) list.insertBefore(card.root, list.children[place] ?? null);
      card.update(clip);
    });
    drawMarks();
    drawUndo();
    tell(store.told || part(panel, "told").textContent);
    noteFresh();
  }

  function select() {
    for (const [id, card] of cards) card.open(id === store.selected);
    const card = cards.get(store.selected)?.root, side = panel.parentElement;
    // only the panel moves: the film stays where it is
    if (card) side.scrollTop += card.getBoundingClientRect().top - side.getBoundingClientRect().top;
  }

  at("mark").addEventListener("click", () => store.mark(film.shown));
  at("make-clip").addEventListener("click", () => {
    const { shown } = film;
    clipAround(() => (isNear(fresh) ? fresh.picture : shown));
  });
  at("undo").addEventListener("click", () => store.undoLast());
  at("redo").addEventListener("click", () => store.redoLast());
  store.addEventListener("change", draw);

  // what takes longer than the box's answer is asked for again, for a minute
  let asked = 0, asking = null;
  store.addEventListener("change", () => {
    const isMaking = store.clips.some((each) => each.making);
    if (!isMaking) asked = 0;
    if (!isMaking || asking || asked >= 30) return;
    asked += 1;
    asking = setTimeout(() => { asking = null; store.load(); }, 2000);
  });
  store.addEventListener("select", select);
  store.addEventListener("refused", (event) => {
    part(panel, "refused").textContent = event.detail;
    part(panel, "refused").hidden = false;
    // what was refused is shown again as the box has it; what was typed stays to be mended
    for (const [id, card] of cards) card.update(store.clip(id), true);
  });
  if (store.clips.length || store.marks.length) draw();
  return { mark: () => at("mark").click(), clip: () => at("make-clip").click() };
}

// Roles are kept in English, as the case has them, and shown in the page's language.
function peopleIn(store, panel) {
  const drawn = [...panel.querySelector("[data-template=people]").content.children];
  const words = { ...store.roles, ...Object.fromEntries(drawn.map((each) => [each.dataset.value, each.textContent])) };
  return (who) => {
    const role = who.split(" ")[0];
    return words[who] ?? (words[role] ? who.replace(role, words[role]) : who);
  };
}

// One clip: its head always, its editor only while it is selected.
function clipCard(film, store, panel, id) {
  const words = panel.dataset;
  const copy = (name) => panel.querySelector(`[data-template="${name}"]`).content.cloneNode(true);
  const root = copy("clip").firstElementChild, box = root.querySelector(".editor");
  const labels = [...root.querySelectorAll("[aria-label*='{name}']")].map((each) => [each, each.ariaLabel]);
  const label = (key) => panel.querySelector("[data-template=editor]").content
    .querySelector(`[data-principle="${key}"], [data-heading="${key}"]`)?.textContent ?? key;
  let clip = store.clip(id), editor = null;
  root.dataset.clip = id;

  function play() {
    store.select(id);
    film.speed = clip.speed / 100;
    film.playSpan(clip.first, clip.last);
  }

  function facts() {
    const told = [film.clock(clip.first), `${tenths(clip.length_ms)} s`];
    if (clip.order) told.push(fill(words.place, { place: clip.order }));
    if (clip.speed !== 100) told.push(clip.speed === 50 ? "½×" : "¼×");
    if (clip.freeze !== null) told.push(fill(words.frozen, { time: film.clock(clip.freeze) }));
    if (clip.initiative) told.push(peopleIn(store, panel)(clip.initiative));
    const sent = clip.exports.at(-1);
    const rows = told.map((text) => [text, ""]);
    if (sent?.is_older) rows.push([words.older, "cut"]);
    if (clip.making) rows.push([fill(words.making, { machine: clip.making }), "now"]);
    if (sent) rows.push([fill(sent.is_verified ? words.fetched : words.waits, sent), sent.is_verified ? "done" : "now"]);
    return rows.map(([text, kind]) => Object.assign(document.createElement("span"), { textContent: text, className: kind }));
  }

  function drawChosen() {
    part(root, "chosen").replaceChildren(...clip.principles.map((key) =>
      Object.assign(document.createElement("li"), { textContent: label(key) })));
  }

  function update(now, isRefused = false) {
    clip = now;
    const name = clip.name || words.unnamed, isChosen = clip.order !== null;
    root.dataset.first = clip.first;
    root.dataset.last = clip.last;
    part(root, "name").textContent = name;
    part(root, "facts").replaceChildren(...facts());
    for (const [each, text] of labels) each.ariaLabel = fill(text, { name });
    const choose = root.querySelector(".choose");
    press(choose, isChosen);
    choose.disabled = !["candidate", "chosen"].includes(clip.state);
    root.classList.toggle("is-chosen", isChosen);
    drawChosen();
    editor?.update(clip, isRefused);
  }

  function open(isOpen) {
    root.classList.toggle("is-shown", isOpen);
    box.hidden = !isOpen;
    if (isOpen && !editor) {
      box.append(copy("editor"));
      editor = clipEditor(film, store, panel, box, id);
      editor.update(clip, false);
    } else if (!isOpen && editor) {
      editor = null;
      box.replaceChildren();
    }
  }

  root.querySelector(".show").addEventListener("click", play);
  root.querySelector(".choose").addEventListener("click", () =>
    store.change(id, ({ state }) => ({ state: state === "chosen" ? "candidate" : "chosen" })));
  if (store.selected === id) open(true);
  return { root, update, open };
}

function clipEditor(film, store, panel, box, id) {
  const words = panel.dataset;
  let clip = store.clip(id), waiting = 0;
  const span = { first: clip.first, last: clip.last };
  const change = (facts) => store.change(id, facts);
  const each = (selector, take) => box.querySelectorAll(selector).forEach(take);

  // shown at once, kept when the box says so: taps may come faster than answers
  async function moveEnd(end, picture) {
    span[end] = Math.max(0, Math.min(film.last, picture));
    film.pause();
    film.go(span[end]);
    drawSpan();
    waiting += 1;
    await change({ [end]: span[end] });
    waiting -= 1;
    if (!waiting) Object.assign(span, { first: clip.first, last: clip.last });
    drawSpan();
  }

  function drawSpan() {
    each("[data-end]", (row) => { row.querySelector("output").textContent = film.clock(span[row.dataset.end]); });
    const ms = waiting ? 1000 * (film.seconds(span.last) - film.seconds(span.first)) : clip.length_ms;
    part(box, "advice").textContent = fill(ms > LONG_MS ? words.long : words.short, { seconds: tenths(ms) });
  }

  function toggle(key) {
    // an item says more than its heading, and takes its place
    const heading = key.split("/").slice(0, 2).join("/");
    return change(({ principles }) => ({
      principles: principles.includes(key)
        ? principles.filter((each) => each !== key)
        : [...principles.filter((each) => each !== heading), key],
    }));
  }

  function tapHeading(button) {
    const key = button.dataset.heading, items = button.nextElementSibling;
    const isChosen = clip.principles.includes(key), hasItem = clip.principles.some((each) => each.startsWith(`${key}/`));
    if (items) {
      items.hidden = isChosen || (hasItem && !items.hidden);
      button.ariaExpanded = String(!items.hidden);
    }
    if (!hasItem) toggle(key);
  }

  function drawPeople() {
    const drawn = [...panel.querySelector("[data-template=people]").content.children].map((span) => span.dataset.value);
    const called = (who) => peopleIn(store, panel)(who);
    const people = [...(store.participants.length ? store.participants : drawn)];
    if (clip.initiative && !people.includes(clip.initiative)) people.push(clip.initiative);
    const row = part(box, "initiative");
    if (row.children.length !== people.length) {
      row.replaceChildren(...people.map((who) => {
        const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip", value: who, textContent: called(who) });
        chip.addEventListener("click", () => change(({ initiative }) => ({ initiative: initiative === who ? "" : who })));
        return chip;
      }));
    }
    for (const chip of row.children) press(chip, chip.value === clip.initiative);
  }

  function update(now, isRefused) {
    const before = clip;
    clip = now;
    if (!waiting) Object.assign(span, { first: clip.first, last: clip.last });
    drawSpan();
    drawPeople();
    each("[data-text]", (field) => {
      const key = field.dataset.text, isTyping = field === document.activeElement && field.value !== before[key];
      if (!isTyping && !isRefused) field.value = clip[key];
    });
    each("[data-principle]", (chip) => press(chip, clip.principles.includes(chip.dataset.principle)));
    each("[data-heading]", (chip) =>
      press(chip, clip.principles.some((key) => key === chip.dataset.heading || key.startsWith(`${chip.dataset.heading}/`))));
    each("[data-speed]", (chip) => press(chip, +chip.dataset.speed === clip.speed));
    press(part(box, "freeze"), clip.freeze !== null);
    press(part(box, "unfreeze"), clip.freeze === null);
    const chosen = store.clips.filter((other) => other.order !== null).length;
    part(box, "order").hidden = clip.order === null || chosen < 2;
    each("[data-move]", (chip) => {
      const place = (clip.order ?? 0) + +chip.dataset.move;
      chip.disabled = place < 1 || place > chosen;
    });
  }

  each("[data-end]", (row) => {
    const end = row.dataset.end;
    row.querySelector(".end-here").addEventListener("click", () => moveEnd(end, film.shown));
    row.querySelectorAll("[data-step]").forEach((button) =>
      button.addEventListener("click", () => moveEnd(end, span[end] + +button.dataset.step)));
  });
  each("[data-text]", (field) => {
    let seen = clip.version, isKept = true;
    const keep = async () => {
      isKept = true;
      isKept = await store.change(id, { [field.dataset.text]: field.value }, seen);
      seen = store.clip(id)?.version;
    };
    // what was there when the typing began is what is changed
    field.addEventListener("focus", () => { seen = store.clip(id)?.version; });
    field.addEventListener("change", keep);
    // refused words stay in the field: leaving it again sends them again
    field.addEventListener("blur", () => { if (!isKept && field.value !== clip[field.dataset.text]) keep(); });
  });
  each("[data-heading]", (chip) => chip.addEventListener("click", () => tapHeading(chip)));
  each("[data-principle]", (chip) => chip.addEventListener("click", () => toggle(chip.dataset.principle)));
  each("[data-speed]", (chip) => chip.addEventListener("click", () => {
    film.speed = +chip.dataset.speed / 100;
    change({ speed: +chip.dataset.speed });
  }));
  part(box, "freeze").addEventListener("click", () => { film.pause(); change({ freeze: film.shown }); });
  part(box, "unfreeze").addEventListener("click", () => change({ freeze: null }));
  each("[data-move]", (chip) => chip.addEventListener("click", () => change(({ order }) => ({ order: order + +chip.dataset.move }))));
  box.querySelector(".export")?.addEventListener("click", async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    await store.exportClip(id, part(box, "machine")?.value ?? "");
    button.disabled = false;
  });
  const masks = part(box, "masks");
  masks.href = masks.getAttribute("href").replace("/-/", `/${id}/`);
  part(box, "exports").href = `${panel.dataset.exports}?clip=${id}`;
  box.querySelector(".remove").addEventListener("click", () => store.remove(id));
  return { update };
}
