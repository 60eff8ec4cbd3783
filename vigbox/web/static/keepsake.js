// A keepsake: which picture of each moment, which part of it, and how all of it looks together.
import { Crop } from "./review/crop.js";
import { CropBox } from "./review/crop_box.js";

const WIDTH_PX = 960, WAIT_MS = 150;
const ROWS = { 1: [1], 2: [1, 1], 3: [1, 2], 4: [2, 2], 5: [1, 2, 2], 6: [2, 2, 2] }; // as export/mosaic.py

const form = document.querySelector("#keepsake");

function choose(card) {
  const one = (name) => card.querySelector(name);
  const image = one("img"), box = one(".crop"), tick = one("[name=photo]"), range = one("[type=range]");
  const crop = new Crop(+card.dataset.width, +card.dataset.height);
  const framed = new CropBox(box, image, [...card.querySelectorAll("[data-shape]")], () => crop, draw);
  let waits = 0;

  function draw() {
    framed.draw();
    tick.value = `${card.dataset.clip}.${range.value}${crop.isWhole ? "" : `.${crop}`}`;
    card.dispatchEvent(new Event("chosen", { bubbles: true }));
  }

  function fetch() {
    clearTimeout(waits);
    waits = setTimeout(() => { image.src = `${card.dataset.address.replace("-0.jpg", `-${range.value}.jpg`)}?width=${WIDTH_PX}`; }, WAIT_MS);
    draw();
  }

  for (const each of card.querySelectorAll("[data-step]")) {
    each.addEventListener("click", () => { range.value = +range.value + +each.dataset.step; fetch(); });
  }
  range.addEventListener("input", fetch);
  image.addEventListener("load", draw);
  one(".another").addEventListener("click", () => {
    const more = card.cloneNode(true);
    card.after(more);
    choose(more);
    more.scrollIntoView({ block: "nearest" });
  });
  Object.assign(card, { crop, image, isOn: () => tick.checked });
  box.hidden = false;
  draw();
}

function figure(card, words) {
  const made = document.createElement("figure"), canvas = document.createElement("canvas");
  const { crop, image } = card, scale = image.naturalWidth / crop.width || 0;
  canvas.width = Math.max(1, Math.round(crop.w * scale));
  canvas.height = Math.max(1, Math.round(crop.h * scale));
  if (scale) canvas.getContext("2d").drawImage(image, crop.x * scale, crop.y * scale, crop.w * scale, crop.h * scale, 0, 0, canvas.width, canvas.height);
  made.style.flex = `${crop.w / crop.h} 1 0`;
  made.append(canvas);
  if (words) made.append(Object.assign(document.createElement("figcaption"), { textContent: words }));
  return made;
}

function show() {
  waiting = 0;
  const cards = [...form.querySelectorAll(".moment")].filter((each) => each.isOn?.());
  const isRight = cards.length >= 1 && cards.length <= +form.dataset.most;
  form.querySelector("#too-many").hidden = isRight;
  for (const each of form.querySelectorAll("#a4, #card")) each.disabled = !isRight;
  form.querySelector("#strengths-shown").hidden = !form.elements.strengths?.checked;
  if (!isRight) return;
  const told = new Set(), rows = [];
  for (const count of ROWS[cards.length]) {
    const side = Object.assign(document.createElement("div"), { className: "side" });
    for (const card of cards.splice(0, count)) {
      const { clip } = card.dataset, isFirst = !told.has(clip);
      told.add(clip);
      side.append(figure(card, isFirst && form.elements.words.checked ? card.querySelector("blockquote")?.textContent : ""));
    }
    rows.push(side);
  }
  form.querySelector("#rows").replaceChildren(...rows);
}

let waiting = 0;
const soon = () => { waiting ||= requestAnimationFrame(show); };
if (form) {
  form.addEventListener("chosen", soon);
  form.addEventListener("change", soon);
  for (const each of form.querySelectorAll(".moment")) choose(each);
}
