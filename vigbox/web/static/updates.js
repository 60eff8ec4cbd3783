// Brings an update to the box in parts, and follows one that is being installed.
import { send as carry } from "./send.js";

const at = (id) => document.getElementById(id);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const form = at("give"), going = at("under-way");
class Told extends Error {}

async function ask(address, options = {}) {
  const answer = await carry(address, { redirect: "manual", ...options });
  if (answer.type === "opaqueredirect") throw new Told(at("problem")?.dataset.locked ?? "");
  if (answer.status >= 500) throw new Error("not there");
  const facts = await answer.json();
  if (facts.error) throw new Told(facts.error);
  return facts;
}

// a broken connection is no failure: the same is asked again until it is answered
async function patiently(address, options) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
    try {
      const facts = await ask(address, options);
      at("told").hidden = true;
      return facts;
    } catch (error) {
      if (error instanceof Told) throw error;
      at("told").hidden = false;
      await wait(pause);
    }
  }
}

async function send(file) {
  let offset = 0, size = Number(form.dataset.part);
  do {
    const body = await file.slice(offset, offset + size).arrayBuffer();
    const facts = await patiently(`${form.dataset.address}/${offset}`, { method: "PUT", body });
    offset = facts.offset;
    size = facts.part_bytes;
    at("bar").value = offset / file.size;
  } while (offset < file.size);
  location.reload();
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = at("file").files[0];
  at("problem").hidden = true;
  at("sending").hidden = false;
  for (const each of form.elements) each.disabled = true;
  try {
    await send(file);
  } catch (error) {
    at("problem").textContent = error.message;
    at("problem").hidden = false;
    at("sending").hidden = true;
    for (const each of form.elements) each.disabled = false;
  }
});

async function follow() {
  let before;
  for (;;) {
    await wait(2000);
    try {
      const facts = await ask(going.dataset.state);
      before ??= facts.state;
      if (facts.state !== before || !facts.under_way) return location.reload();
    } catch (error) {
      // locked: the web was started anew
      if (error instanceof Told) return location.reload();
    }
  }
}
if (going) follow();
