// Says which consent is missing before anything is ordered, and where faces are covered instead; follows what is being made: how far it
// is, every second; the list itself is asked for again only when something became something else.
const form = document.getElementById("order");
const list = document.getElementById("orders");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const SETTLED = ["fetched", "downloaded", "failed", "cancelled", "erased", "out"];

function offerMasks(clips) {
  const ways = document.getElementById("ways");
  const isMaskable = form.querySelector("[name=purpose]:checked")?.dataset.maskable !== undefined;
  ways.hidden = !clips.length || !isMaskable;
  ways.replaceChildren(...clips.map((each) => {
    const link = document.createElement("a");
    link.className = "button";
    link.href = each.dataset.masks;
    link.append(each.parentElement.querySelector("img").cloneNode(), `${ways.dataset.cover}: ${each.dataset.name}`);
    return link;
  }));
}

function judge() {
  const gate = document.getElementById("gate");
  const shut = JSON.parse(form.querySelector("[name=purpose]:checked")?.dataset.shut ?? "{}");
  const ticked = [...form.querySelectorAll("[name=clip]:checked")];
  // what shows more than the clips shows what no mask of a clip covers
  const isMore = Boolean(form.querySelector("[name=make][data-whole]:checked"));
  const why = (each) => shut[each.value] ?? (isMore ? shut[each.dataset.recording] : undefined);
  const told = new Set(ticked.map(why).filter(Boolean));
  offerMasks(ticked.filter((each) => shut[each.value]));
  gate.textContent = [...told].join(" ");
  gate.hidden = !told.size;
  const isChosen = ticked.length && form.querySelector("[name=make]:checked");
  document.getElementById("make").disabled = Boolean(told.size) || !isChosen;
}

function follow(facts) {
  const row = list.querySelector(`[data-order="${facts.id}"]`);
  const state = row?.querySelector("[data-at=state]");
  if (!state) return;
  const words = state.dataset;
  state.textContent = facts.is_making ? words.making : facts.is_held ? words.held : words.line;
  row.querySelector("progress").value = facts.progress;
}

async function look() {
  const answer = await fetch(list.dataset.standing, { redirect: "manual" });
  if (answer.type === "opaqueredirect") return location.reload(); // locked meanwhile
  const { orders } = await answer.json();
  const shown = [...list.querySelectorAll("[data-order]")].map((each) => each.dataset.order + each.dataset.state);
  if (shown.join() !== orders.map((each) => each.id + each.standing).join()) {
    const fresh = await fetch(list.dataset.list, { redirect: "manual" });
    if (fresh.ok) list.innerHTML = await fresh.text();
  }
  orders.forEach(follow);
  const isGoing = orders.some((each) => each.standing === "waiting");
  return isGoing ? 1000 : orders.some((each) => !SETTLED.includes(each.standing)) ? 4000 : 15000;
}

if (form) {
  form.addEventListener("change", judge);
  judge();
}
for (;;) {
  let pause = 4000;
  try {
    pause = (await look()) ?? pause;
  } catch { /* the connection broke: asked again */ }
  await wait(pause);
}
