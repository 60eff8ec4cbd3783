// What the page knows of a recording's marks and clips: asked of the box, changed on the box, kept
// as the box answers. Events: "change" after every answer, "select" when another clip is selected,
// "refused" (detail: one sentence) when the box said no; then nothing was changed.
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
  #recording;
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
  removeMark(id) { return this.#ask("DELETE", `/marks/${encodeURIComponent(id)}`); }
  // picture may be a function: asked when its turn comes, after a mark that was tapped just before
  clipAround(picture) { return this.#added(() => ({ around: typeof picture === "function" ? picture() : picture })); }
  addClip(first, last) { return this.#added(() => ({ first, last })); }
  // facts may be a function of the clip as it is when its turn comes: taps are faster than answers
  change(id, facts) {
    const then = typeof facts === "function" ? () => this.clip(id) && facts(this.clip(id)) : facts;
    return this.#ask("PATCH", `/clips/${id}`, then);
  }
  remove(id) { return this.#ask("DELETE", `/clips/${id}`); }
  exportClip(id, machine) { return this.#ask("POST", `/clips/${id}/export`, { machine }); }
  undoLast() { return this.#ask("POST", `${this.#recording}/undo`, {}); }
  redoLast() { return this.#ask("POST", `${this.#recording}/redo`, {}); }

  select(id) {
    if (id === this.selected) return;
    this.selected = id;
    this.dispatchEvent(new Event("select"));
  }

  async #added(span) {
    let before = null;
    const facts = () => { before = new Set(this.clips.map((each) => each.id)); return span(); };
    const done = await this.#ask("POST", `${this.#recording}/clips`, facts);
    const made = done && this.clips.find((each) => !before.has(each.id));
    if (made) this.select(made.id);
    return done;
  }

  #ask(method, address, facts) {
    const done = this.#last.then(() => this.#send(method, address, typeof facts === "function" ? facts() : facts));
    this.#last = done;
    return done;
  }

  async #send(method, address, facts) {
    const body = facts === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(facts) };
    let answer, told;
    try {
      answer = await fetch(address, { method, redirect: "manual", ...body });
      // the box was locked meanwhile: the page itself leads to the door
      if (answer.type === "opaqueredirect") { location.reload(); return false; }
      told = await answer.json();
    } catch {
      return this.#refuse(say("no-answer"));
    }
    if (!answer.ok) return this.#refuse(told.error);
    this.#take(told);
    return true;
  }

  #take(told) {
    for (const key of ["marks", "clips", "participants", "roles", "undo", "redo", "told"]) this[key] = told[key];
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
