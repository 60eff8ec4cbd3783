// The box's own pages take the place of the set-up's within seconds: go there as soon as they answer.
// A card that is full keeps them away, and then somebody must do something. Whoever was overtaken by
// another tablet stays, and reads that.
const lateMs = 60_000;
const go = document.getElementById("go");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const late = setTimeout(() => { document.getElementById("late").hidden = false; }, lateMs);
for (;;) {
  try {
    const answer = await fetch("/unlock", { redirect: "manual" });
    if (answer.ok) break;
  } catch { /* between the two nobody answers */ }
  await wait(700);
}
clearTimeout(late);
if ("follows" in go.dataset) location.replace(go.href);
