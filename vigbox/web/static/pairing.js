// Tells when the computer has paired, or the code has run out.
const card = document.getElementById("pairing");
let paired = null;
const timer = setInterval(async () => {
  const now = await (await fetch(card.dataset.address)).json();
  if (paired !== null && now.paired > paired) location.assign("/machines");
  paired ??= now.paired;
  const left = document.getElementById("left");
  if (now.left_s > 0) left.textContent = `The code holds for ${now.left_s} s more, for one computer.`;
  else { left.textContent = "The code has run out. Ask for a new one."; clearInterval(timer); }
}, 1000);
