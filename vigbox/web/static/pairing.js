// Tells when the computer has paired, or the code has run out.
const card = document.getElementById("pairing");
let paired = null;
const timer = setInterval(async () => {
  const now = await (await fetch(card.dataset.address)).json();
  if (paired !== null && now.paired > paired) location.assign("/machines");
  paired ??= now.paired;
  const left = document.getElementById("left");
  if (now.left_s > 0) left.textContent = left.dataset.left.replace("{seconds}", now.left_s);
  else { left.textContent = left.dataset.over; clearInterval(timer); }
}, 1000);
