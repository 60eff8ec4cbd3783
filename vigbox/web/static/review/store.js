// What the page knows of a recording's marks and clips: asked of the box, changed on the box, kept
// as the box answers. Events: "change" after every answer, "select" when another clip is selected,
// "refused" (detail: one sentence) when the box said no; then nothing was changed. Every change says
// which version of the clip was seen: when another tablet was faster, the box refuses it, and what is
// there now is shown.
import { send } from "../send.js";
import { say } from "./words.js";

export class Store extends EventTarget {
  marks = [];
  clips = [];
  participants = [];
  roles = {};
  selected = null;
  undo = null;
  redo = null;
  told = "";
  order = "";
  edits = "";
  #recording;
  #became = new Map(); // versions that our own changes replaced, by the one that was seen
  #last = Promise.resolve();

  // recording: the address of the recording, as /recordings/<id>
  constructor(recording) {
    super();
    this.#recording = recording;
  }

  clip(id) { return this.clips.find((each) => each.id === id) ?? null; }

  load() { return this.#ask("GET", `${this.#recording}/review`); }

  // each gives true, or false when the box refused; one after the other, in the order they came
  mark(picture) { return this.#ask("POST", `${this.#recording}/marks`, { picture }); }
  removeMark(id) {
    const seen = this.marks.find((each) => each.id === id)?.version;
    return this.#ask("DELETE", `/marks/${encodeURIComponent(id)}`, { seen });
  }
  // picture may be a function: asked when its turn comes, after a mark that was tapped just before
  clipAround(picture) { return this.#added(() => ({ around: typeof picture === "function" ? picture() : picture })); }
  addClip(first, last) { return this.#added(() => ({ first, last })); }
  // facts may be a function of the clip as it is when its turn comes: taps are faster than answers;
  // seen is the version on the screen when the change began
  change(id, facts, seen = this.clip(id)?.version) {
    const { order } = this;
    return this.#ask("PATCH", `/clips/${id}`, () => {
      const wish = typeof facts === "function" ? this.clip(id) && facts(this.clip(id)) : facts;
      return wish && { ...wish, seen: this.#newest(seen), seen_order: this.#newest(order) };
    }, id);
  }
  remove(id, seen = this.clip(id)?.version) {
    return this.#ask("DELETE", `/clips/${id}`, () => ({ seen: this.#newest(seen) }), id);
  }
  exportClip(id, machine, purpose) { return this.#ask("POST", `/clips/${id}/export`, { machine, purpose }); }
  undoLast() { return this.#turn("undo"); }
  redoLast() { return this.#turn("redo"); }

  select(id) {
    if (id === this.selected) return;
    this.selected = id;
    this.dispatchEvent(new Event("select"));
  }

  #turn(what) {
    const { edits } = this;
    return this.#ask("POST", `${this.#recording}/${what}`, () => ({ seen: this.#newest(edits) }));
  }

  async #added(span) {
    let before = null;
    const facts = () => { before = new Set(this.clips.map((each) => each.id)); return span(); };
    const done = await this.#ask("POST", `${this.#recording}/clips`, facts);
    const made = done && this.clips.find((each) => !before.has(each.id));
    if (made) this.select(made.id);
    return done;
  }

  #ask(method, address, facts, id) {
    const done = this.#last.then(() => this.#send(method, address, typeof facts === "function" ? facts() : facts, id));
    this.#last = done;
    return done;
  }

  async #send(method, address, facts, id) {
    const body = facts === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(facts) };
    const { edits } = this;
    let answer, told;
    try {
      answer = await send(address, { method, redirect: "manual", ...body });
      // the box was locked meanwhile: the page itself leads to the door
      if (answer.type === "opaqueredirect") { location.reload(); return false; }
      told = await answer.json();
    } catch {
      return this.#refuse(say("no-answer"));
    }
    if (!answer.ok) {
      if (told.state) this.#take(told.state);
      return this.#refuse(told.state ? this.#late(told.error, id, facts) : told.error);
    }
    this.#follow(edits, told.edits);
    if (facts?.seen && id) {
      this.#follow(facts.seen, told.clips.find((each) => each.id === id)?.version);
      this.#follow(facts.seen_order, told.order);
    }
    this.#take(told);
    return true;
  }

  #newest(version) {
    while (this.#became.has(version)) version = this.#became.get(version);
    return version;
  }

  #follow(seen, now) {
    this.#became.delete(now); // back to what it was: no circle
    if (seen !== now) this.#became.set(seen, now);
  }

  // what was typed there stands beside what was typed here
  #late(sentence, id, facts) {
    const there = Object.keys(facts).filter((key) => typeof this.clip(id)?.[key] === "string" && !["state"].includes(key));
    return [sentence, ...there.map((key) => `“${this.clip(id)[key]}”`)].join(" ");
  }

  #take(told) {
    for (const key of ["marks", "clips", "participants", "roles", "undo", "redo", "told", "order", "edits"]) this[key] = told[key];
    const isGone = this.selected && !this.clip(this.selected);
    if (isGone) this.selected = null;
    this.dispatchEvent(new Event("change"));
    if (isGone) this.dispatchEvent(new Event("select"));
  }

  #refuse(sentence) {
    this.dispatchEvent(new CustomEvent("refused", { detail: sentence }));
    return false;
  }
}
