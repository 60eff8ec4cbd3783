// "Photo": the picture on the screen, exact, cropped if wanted, to be saved on this tablet.
import { Crop } from "./crop.js";
import { CropBox } from "./crop_box.js";
import { say } from "./words.js";

export function photo(film, button, sheet) {
  const one = (name) => sheet.querySelector(name);
  const image = one("img"), box = one(".crop"), save = one("#save-photo"), told = one("[data-at=told]");
  const framed = new CropBox(box, image, [...sheet.querySelectorAll("[data-shape]")], () => crop, draw);
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
    framed.draw();
    save.href = crop.isWhole ? `${address}?keep=1` : `${address}?keep=1&crop=${crop}`;
    one("[data-at=size]").textContent = `${crop.w} × ${crop.h}`;
  }

  save.addEventListener("click", (event) => { if (!crop) event.preventDefault(); else sheet.close(); });
  one(".close").addEventListener("click", () => sheet.close());
  button.addEventListener("click", open);
}
