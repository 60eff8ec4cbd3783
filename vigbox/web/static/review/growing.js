// A recording that goes on: the page is a snapshot, and quietly offers what came since.
const EVERY_MS = 2000;
const WORTH_S = 4;

export function growing(film, note) {
  const button = note.querySelector("button"), { newest, recording } = note.dataset;

  // asking for the status does not keep the box unlocked; asking for the film would
  async function look() {
    let isRunning = true;
    try {
      const status = await (await fetch("/status")).json();
      isRunning = status.recording === recording || status.mode === "gone";
      button.hidden = isRunning && !(status.length_ns / 1e9 > film.lengthS + WORTH_S);
    } catch {
      // the box is asked again in a moment
    }
    if (isRunning) setTimeout(look, EVERY_MS);
  }

  button.addEventListener("click", async () => {
    const answer = await fetch(newest);
    if (!answer.ok) return;
    const found = await answer.json();
    button.hidden = true;
    await film.setSource(found.film, found.times);
    note.hidden = !found.is_running;
  });
  look();
}
