// "Photo": the picture on the screen, exact, cropped if wanted, to be saved on this tablet.
import { Crop } from "./crop.js";
import { say } from "./words.js";

const STEP_PX = 4, LARGE_STEP_PX = 40;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function photo(film, button, sheet) {
  const one = (name) => sheet.querySelector(name);
  const image = one("img"), box = one(".crop"), save = one("#save-photo"), told = one("[data-at=told]");
  const shapes = [...sheet.querySelectorAll("[data-shape]")];
  let crop = null, address = "";

  async function open() {
    film.pause();
    const { shown } = film, time = film.clock(shown);
    address = sheet.dataset.address.replace("-0.jpg", `-${shown}.jpg`);
    save.download = `${sheet.dataset.code} ${time.replace(/:/g, ".")}.jpg`;
    one("[data-at=time]").textContent = say("place", { time, picture: shown });
    crop = null;
    box.hidden = true;
    told.hidden = false;
    told.textContent = say("photo-comes");
    const { videoWidth, videoHeight } = film.video;
    image.width = videoWidth;
    image.height = videoHeight;
    one(".photo").style.setProperty("--shape", videoWidth / videoHeight || 16 / 9);
    image.removeAttribute("src");
    image.src = address;
    sheet.showModal();
  }

  image.addEventListener("load", () => {
    crop = new Crop(image.naturalWidth, image.naturalHeight);
    told.hidden = true;
    box.hidden = false;
    draw();
  });
  image.addEventListener("error", () => { if (image.src) told.textContent = say("photo-failed"); });

  function draw() {
    const part = (value, whole) => `${(100 * value) / whole}%`;
    box.style.left = part(crop.x, crop.width);
    box.style.top = part(crop.y, crop.height);
    box.style.width = part(crop.w, crop.width);
    box.style.height = part(crop.h, crop.height);
    save.href = crop.isWhole ? `${address}?keep=1` : `${address}?keep=1&crop=${crop}`;
    one("[data-at=size]").textContent = `${crop.w} × ${crop.h}`;
    for (const each of shapes) each.setAttribute("aria-pressed", (+each.dataset.shape || null) === crop.aspect);
  }

  function change(corner, dx, dy) {
    if (corner) crop.drag(corner, dx, dy); else crop.move(dx, dy);
    draw();
  }

  let held = null; // where the finger is, and the crop as it was when the finger came
  box.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const corner = event.target.dataset.corner ?? "";
    box.setPointerCapture(event.pointerId);
    held = { corner, x: event.clientX, y: event.clientY, from: { x: crop.x, y: crop.y, w: crop.w, h: crop.h } };
  });
  box.addEventListener("pointermove", (event) => {
    if (!held) return;
    const scale = crop.width / image.clientWidth;
    Object.assign(crop, held.from);
    change(held.corner, (event.clientX - held.x) * scale, (event.clientY - held.y) * scale);
  });
  for (const kind of ["pointerup", "pointercancel"]) box.addEventListener(kind, () => { held = null; });

  box.addEventListener("keydown", (event) => {
    const step = STEPS[event.key], size = event.shiftKey ? LARGE_STEP_PX : STEP_PX;
    if (!step) return;
    event.preventDefault();
    change(event.target.dataset.corner, step[0] * size, step[1] * size);
  });
  for (const each of shapes) {
    each.addEventListener("click", () => { if (crop) { crop.shape(+each.dataset.shape || null); draw(); } });
  }
  save.addEventListener("click", (event) => { if (!crop) event.preventDefault(); else sheet.close(); });
  one(".close").addEventListener("click", () => sheet.close());
  button.addEventListener("click", open);
}
