// A signature drawn by finger, pen or mouse; it travels as a PNG in the form, and is kept nowhere else.
const pad = document.getElementById("pad");
const form = document.getElementById("asking");
const kept = document.getElementById("signature");
const pen = pad.getContext("2d");
let from = null;
let isSigned = false;

pen.lineWidth = 5;
pen.lineCap = "round";
pen.lineJoin = "round";
pen.strokeStyle = "#14213d";

function place(event) {
  const box = pad.getBoundingClientRect();
  return {
    x: (event.clientX - box.left) * pad.width / box.width,
    y: (event.clientY - box.top) * pad.height / box.height,
  };
}

function draw(to) {
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x, to.y);
  pen.stroke();
  from = to;
  signed(true);
}

function signed(is) {
  isSigned = is;
  pad.dataset.signed = is; // status.js does not leave a page with a signature
}

pad.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  pad.setPointerCapture(event.pointerId);
  from = place(event);
  draw({ x: from.x + 0.5, y: from.y });
});
pad.addEventListener("pointermove", (event) => {
  if (!from) return;
  for (const each of event.getCoalescedEvents?.() ?? [event]) draw(place(each));
});
for (const over of ["pointerup", "pointercancel"]) pad.addEventListener(over, () => { from = null; });

document.getElementById("clear").addEventListener("click", () => {
  pen.clearRect(0, 0, pad.width, pad.height);
  kept.value = "";
  signed(false);
});
form.addEventListener("submit", () => {
  const isWished = document.getElementById("how-signature").checked;
  kept.value = isWished && isSigned ? pad.toDataURL("image/png") : "";
});

if (kept.value.startsWith("data:image/png;base64,")) {
  // the page came back with a question: what was signed is still there
  const before = new Image();
  before.addEventListener("load", () => { pen.drawImage(before, 0, 0); signed(true); });
  before.src = kept.value;
}
