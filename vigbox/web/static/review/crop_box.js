// The crop of a picture on the screen: its box follows a finger and the arrow keys, its shapes a tap.

const STEP_PX = 4, LARGE_STEP_PX = 40;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class CropBox {
  // `crop` gives the crop, or nothing while there is no picture; `whenChanged` is told of each change.
  constructor(box, image, shapes, crop, whenChanged) {
    Object.assign(this, { box, image, shapes, crop, whenChanged, held: null });
    box.addEventListener("pointerdown", (event) => this.take(event));
    box.addEventListener("pointermove", (event) => this.drag(event));
    for (const kind of ["pointerup", "pointercancel"]) box.addEventListener(kind, () => { this.held = null; });
    box.addEventListener("keydown", (event) => this.step(event));
    for (const each of shapes) each.addEventListener("click", () => this.shape(+each.dataset.shape || null));
  }

  draw() {
    const crop = this.crop(), part = (value, whole) => `${(100 * value) / whole}%`;
    Object.assign(this.box.style, { left: part(crop.x, crop.width), top: part(crop.y, crop.height), width: part(crop.w, crop.width), height: part(crop.h, crop.height) });
    for (const each of this.shapes) each.setAttribute("aria-pressed", (+each.dataset.shape || null) === crop.aspect);
  }

  change(corner, dx, dy) {
    if (corner) this.crop().drag(corner, dx, dy); else this.crop().move(dx, dy);
    this.whenChanged();
  }

  take(event) {
    if (event.button || !this.crop()) return;
    const { x, y, w, h } = this.crop();
    this.box.setPointerCapture(event.pointerId);
    // where the finger is, and the crop as it was when the finger came
    this.held = { corner: event.target.dataset.corner ?? "", x: event.clientX, y: event.clientY, from: { x, y, w, h } };
  }

  drag(event) {
    if (!this.held || !this.crop()) return;
    const scale = this.crop().width / this.image.clientWidth;
    Object.assign(this.crop(), this.held.from);
    this.change(this.held.corner, (event.clientX - this.held.x) * scale, (event.clientY - this.held.y) * scale);
  }

  step(event) {
    const step = STEPS[event.key], size = event.shiftKey ? LARGE_STEP_PX : STEP_PX;
    if (!step || !this.crop()) return;
    event.preventDefault();
    this.change(event.target.dataset.corner, step[0] * size, step[1] * size);
  }

  shape(aspect) {
    if (!this.crop()) return;
    this.crop().shape(aspect);
    this.whenChanged();
  }
}
