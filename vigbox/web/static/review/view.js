// The part of the film that the timeline shows: from when, how long, over how many pixels.
const LEAST_S = 0.6;

export class View extends EventTarget {
  constructor(totalS, width) {
    super();
    Object.assign(this, { totalS, width, startS: 0, lengthS: totalS });
  }

  get endS() { return this.startS + this.lengthS; }
  get isWhole() { return this.lengthS >= this.totalS - 1e-6; }
  get pixelsPerS() { return this.width / this.lengthS; }
  x(seconds) { return (seconds - this.startS) * this.pixelsPerS; }
  seconds(x) { return this.startS + x / this.pixelsPerS; }

  resize(totalS, width) {
    const wasWhole = this.isWhole;
    Object.assign(this, { totalS, width });
    this.set(this.startS, wasWhole ? totalS : this.lengthS);
  }

  set(startS, lengthS) {
    const length = Math.min(this.totalS, Math.max(Math.min(LEAST_S, this.totalS), lengthS));
    const start = Math.max(0, Math.min(this.totalS - length, startS));
    if (start === this.startS && length === this.lengthS) return;
    Object.assign(this, { startS: start, lengthS: length });
    this.dispatchEvent(new Event("change"));
  }

  // what lies at x stays at x
  zoom(factor, x) {
    const at = this.seconds(x);
    const length = Math.min(this.totalS, Math.max(LEAST_S, this.lengthS / factor));
    this.set(at - (x / this.width) * length, length);
  }

  pan(byS) { this.set(this.startS + byS, this.lengthS); }

  // a clip and as much again around it
  reveal(fromS, toS) {
    if (fromS >= this.startS && toS <= this.endS && (toS - fromS) * 12 > this.lengthS) return;
    const length = Math.max(4, (toS - fromS) * 3);
    this.set((fromS + toS - length) / 2, length);
  }

  // a page is turned when the playhead leaves: calmer than a timeline that always moves
  follow(seconds) {
    if (seconds > this.startS + 0.96 * this.lengthS && seconds < this.endS + this.lengthS) this.set(seconds - 0.06 * this.lengthS, this.lengthS);
    else if (seconds < this.startS || seconds > this.endS) this.set(seconds - 0.5 * this.lengthS, this.lengthS);
  }
}
