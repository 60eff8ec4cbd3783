// The part of a picture to be kept, in the film's pixels: moved, drawn at its corners, given a shape.
const LEAST = 64;
const between = (low, value, high) => Math.min(high, Math.max(low, value));

export class Crop {
  constructor(width, height) {
    Object.assign(this, { width, height });
    this.shape(null);
  }

  get isWhole() { return this.w === this.width && this.h === this.height; }

  toString() { return [this.x, this.y, this.w, this.h].join(","); }

  // aspect: width by height; none is free, and begins with all of the picture
  shape(aspect) {
    this.aspect = aspect;
    const w = aspect ? Math.min(this.width, this.height * aspect) : this.width;
    this.#put((this.width - w) / 2, null, w, aspect ? w / aspect : this.height);
  }

  move(dx, dy) { this.#put(this.x + dx, this.y + dy, this.w, this.h); }

  // corner: two of "n" or "s", "w" or "e"; the one across from it stays
  drag(corner, dx, dy) {
    const isWest = corner.includes("w"), isNorth = corner.includes("n");
    const roomX = isWest ? this.x + this.w : this.width - this.x;
    const roomY = isNorth ? this.y + this.h : this.height - this.y;
    let w = between(LEAST, this.w + (isWest ? -dx : dx), roomX);
    let h = between(LEAST, this.h + (isNorth ? -dy : dy), roomY);
    if (this.aspect) {
      w = Math.min(Math.max(w, h * this.aspect, LEAST, LEAST * this.aspect), roomX, roomY * this.aspect);
      h = w / this.aspect;
    }
    this.#put(isWest ? this.x + this.w - w : this.x, isNorth ? this.y + this.h - h : this.y, w, h);
  }

  #put(x, y, w, h) {
    this.w = Math.round(Math.min(w, this.width));
    this.h = Math.round(Math.min(h, this.height));
    this.x = Math.round(between(0, x, this.width - this.w));
    this.y = Math.round(between(0, y ?? (this.height - this.h) / 2, this.height - this.h));
  }
}
