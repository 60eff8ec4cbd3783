// Sends a film in parts. Whatever breaks, the box knows how far it came: ask, and go on from there.
import { send as carry } from "./send.js";

const at = (id) => document.getElementById(id);
const words = at("words").dataset;
const form = at("add");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
class Told extends Error {}

async function ask(address, options = {}) {
  const answer = await carry(address, { redirect: "manual", ...options });
  if (answer.type === "opaqueredirect") throw new Told(words.locked);
  const facts = await answer.json();
  if (facts.error) throw new Told(facts.error);
  return facts;
}

// a broken connection is no failure: the same is asked again until it is answered
async function patiently(address, options) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
    try {
      const facts = await ask(address, options);
      if (form) at("told").textContent = words.stay;
      return facts;
    } catch (error) {
      if (error instanceof Told) throw error;
      if (form) at("told").textContent = words.again;
      await wait(pause);
    }
  }
}

function show(facts) {
  const isHere = facts.state !== "uploading";
  at("doing").textContent = isHere ? words[facts.state] ?? "" :
    words.uploading.replace("{done}", megabytes(facts.offset)).replace("{size}", megabytes(facts.size));
  at("bar").value = isHere ? facts.progress ?? 0 : facts.offset / facts.size;
  if (isHere) at("told").textContent = facts.why || words.later;
}

async function read(file, from, to) {
  try {
    return await file.slice(from, to).arrayBuffer();
  } catch {
    throw new Told(words.other);
  }
}

async function send(file) {
  let facts = await patiently(form.dataset.address, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      name: file.name, size: file.size, modified: file.lastModified,
      case: at("case").value, made_on: at("made-on").value, agreed: at("agreed").checked,
    }),
  });
  const address = `${form.dataset.address}/${facts.id}`;
  at("cancel").action = `${address}/cancel`;
  at("cancel").hidden = false;
  while (facts.state === "uploading") {
    show(facts);
    const body = await read(file, facts.offset, facts.offset + facts.part_bytes);
    facts = await patiently(`${address}/${facts.offset}`, { method: "PUT", body });
  }
  await follow(address, show);
}

async function follow(address, tell) {
  for (;;) {
    const facts = await patiently(address);
    tell(facts);
    if (facts.state !== "preparing") return location.reload();
    await wait(1000);
  }
}

function problem(text) {
  at("problem").textContent = text;
  at("problem").hidden = !text;
  at("sending").hidden = Boolean(text);
  for (const each of form.elements) each.disabled = !text;
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = at("film").files[0];
  if (file.size > Number(form.dataset.most)) return problem(words.large);
  problem("");
  try {
    await send(file);
  } catch (error) {
    problem(error.message);
  }
});

if (form) at("film").addEventListener("change", () => {
  const file = at("film").files[0];
  if (!file) return;
  const made = new Date(file.lastModified), pad = (n) => String(n).padStart(2, "0");
  at("made-on").value = `${made.getFullYear()}-${pad(made.getMonth() + 1)}-${pad(made.getDate())}`;
});

const underWay = document.querySelector("[data-import][data-state=preparing]");
if (underWay) {
  const state = underWay.querySelector(".state"), word = state.textContent;
  follow(underWay.dataset.import, (facts) => {
    state.textContent = facts.why || `${word}, ${Math.round(100 * (facts.progress ?? 0))} %`;
  }).catch((error) => { state.textContent = error.message; });
}
