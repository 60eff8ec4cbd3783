// The practitioner's side: directs the client screen, and keeps every word as it is typed.
import { send as sent } from "./send.js";
import { Player, toggled } from "./stage.js";

const at = (id) => document.getElementById(id);
const together = at("together");
const { base, kept: keptWord, keeping, unkept } = together?.dataset ?? {};

async function send(method, address, facts) {
  const answer = await sent(`${base}/${address}`, {
    method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(facts),
  });
  if (answer.redirected) { location.href = "/unlock"; throw new Error("locked"); }
  return [answer, await answer.json()];
}

// One place for words: saved a moment after the last letter, again until it is kept.
class Field {
  constructor(area) {
    this.area = area;
    this.known = area.value;
    this.told = document.querySelector(`[data-for="${area.id}"]`);
    area.addEventListener("input", () => this.later(700));
    area.addEventListener("change", () => this.save());
    area.addEventListener("blur", () => this.save());
  }

  get isKept() { return this.area.value.trim() === this.known; }

  say(text, isProblem = false) {
    this.told.textContent = text;
    this.told.classList.toggle("is-problem", isProblem);
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), ms);
    this.say(keeping);
  }

  // one after the other: whoever asks meanwhile waits for the one under way
  save() {
    this.saving ??= this.keep().finally(() => { this.saving = null; });
    return this.saving;
  }

  async keep() {
    clearTimeout(this.timer);
    if (this.isKept) { if (this.told.textContent === keeping) this.say(keptWord); return; }
    const { save, key } = this.area.dataset, text = this.area.value;
    const what = save === "words" ? { clip: Number(key) } : { prompt: key };
    try {
      const [answer, facts] = await send("PUT", save, { ...what, text, known: this.known });
      if (answer.ok) {
        this.known = facts.kept;
        if (this.area.value === text) this.say(keptWord); else this.later(300);
      } else if (facts.kept !== undefined) this.join(facts);
      else this.say(facts.error, true);
    } catch {
      this.say(unkept, true);
      this.timer = setTimeout(() => this.save(), 2000);
    }
  }

  // Somebody wrote in the same place: both stand there, and a person decides.
  join({ error, kept }) {
    this.known = kept;
    this.area.value = `${kept}\n${this.area.value}`.trim();
    this.say(error, true);
  }
}

const fields = [...document.querySelectorAll("[data-save]")].map((area) => new Field(area));
addEventListener("beforeunload", (event) => {
  for (const field of fields) if (!field.isKept) { field.save(); event.preventDefault(); }
});
// a lock or another page must not cost the last words
document.addEventListener("visibilitychange", () => { if (document.hidden) fields.forEach((field) => field.save()); });
for (const form of document.forms) {
  form.addEventListener("submit", async (event) => {
    if (fields.every((field) => field.isKept)) return;
    event.preventDefault();
    // once more for what was typed while it was kept
    for (let turn = 0; turn < 2; turn += 1) await Promise.all(fields.map((field) => field.save()));
    if (fields.every((field) => field.isKept)) form.requestSubmit(event.submitter);
  });
}

for (const button of document.querySelectorAll("[data-rate]")) {
  button.addEventListener("click", async () => {
    const goal = button.closest("[data-goal]"), told = goal.querySelector(".kept");
    try {
      const [answer, facts] = await send("PUT", "ratings", { goal: goal.dataset.goal, value: Number(button.dataset.rate) });
      if (answer.ok) for (const each of goal.querySelectorAll("[data-rate]")) each.setAttribute("aria-pressed", each === button);
      told.textContent = answer.ok ? keptWord : facts.error;
    } catch { told.textContent = unkept; }
  });
}

function direct() {
  const film = at("film"), player = new Player(film, base, { isQuiet: true });
  const buttons = [...together.querySelectorAll("[data-do]")];
  let facts = null;

  function show(told) {
    facts = told;
    player.follow(told);
    at("place").textContent = `${told.clip} / ${told.of}`;
    at("screen").textContent = told.screen ? at("screen").dataset.on : at("screen").dataset.off;
    at("screen").classList.toggle("done", told.screen);
    at("blanked").hidden = !told.blank;
    for (const button of buttons) {
      const { do: what, value } = button.dataset;
      if (what === "speed") button.setAttribute("aria-pressed", Number(value) === told.speed);
      if (["loop", "freeze", "blank"].includes(what)) button.setAttribute("aria-pressed", { loop: told.loop, freeze: told.frozen, blank: told.blank }[what]);
    }
    for (const moment of document.querySelectorAll(".moment")) {
      const place = Number(moment.dataset.clip);
      moment.classList.toggle("is-on", place === told.clip);
      moment.querySelector(".seen").hidden = !told.shown.includes(place);
    }
    name();
  }

  function name() {
    const wish = toggled(film, facts);
    at("play").textContent = at("play").dataset[wish];
  }

  async function act(what, value) {
    const problem = at("stage-problem");
    try {
      const [answer, told] = await send("POST", "stage", { do: what, value });
      problem.hidden = answer.ok;
      if (answer.ok) show(told); else problem.textContent = told.error;
    } catch { problem.hidden = false; problem.textContent = together.dataset.failed; }
  }

  const go = (what, value) => act(what === "play" ? toggled(film, facts) : what, value);
  for (const button of buttons) {
    const { do: what, value } = button.dataset;
    button.addEventListener("click", () => facts && go(what, value ? Number(value) : undefined));
  }
  film.addEventListener("ended", name);
  const keys = { " ": "play", l: "loop", f: "freeze", b: "blank" }, by = { ArrowLeft: -1, ArrowRight: 1 };
  addEventListener("keydown", (event) => {
    if (!facts || event.target.closest("textarea, input, select, button, a, summary") || event.metaKey || event.ctrlKey || event.altKey) return;
    const place = facts.clip + (by[event.key] ?? 0);
    if (event.key in keys) go(keys[event.key]);
    else if (event.key in by && place >= 1 && place <= facts.of) go("clip", place);
    else return;
    event.preventDefault();
  });

  at("code").addEventListener("click", async () => {
    const [answer, made] = await send("POST", "code", {});
    if (!answer.ok) return;
    at("qr").src = made.qr;
    at("address").textContent = made.address;
    at("qr").hidden = at("code-end").hidden = false;
  });
  at("code-end").addEventListener("click", async () => {
    const [answer, told] = await send("POST", "code/end", {});
    if (answer.ok) show(told);
    at("address").textContent = "";
    at("qr").hidden = at("code-end").hidden = true;
  });

  async function ask() {
    const answer = await fetch(`${base}/state`).catch(() => null);
    if (answer?.redirected || answer?.status === 404) {
      clearInterval(asking);
      fields.every((field) => field.isKept) && location.reload();
    } else if (answer?.ok) {
      const told = await answer.json();
      if (told.screen && at("address").textContent) {
        at("qr").hidden = true;
        at("address").textContent = "";
        at("screens").open = false;
      }
      if (!facts || told.change >= facts.change) show(told);
    }
  }
  const asking = setInterval(ask, 1000);
  ask();
}

if (together && "live" in together.dataset) direct();
