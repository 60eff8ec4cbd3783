// When each picture of a film begins, counted in 1/90,000 s: pictures are counted, never guessed.
const TICKS_PER_S = 90_000;
const LAST_PICTURE_S = 0.04; // how long the last one is shown: nothing follows it to tell

export class PictureTimes {
  constructor(ticks) { this.ticks = ticks; }

  static async fetch(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`The times of the pictures did not come (${answer.status}).`);
    return new PictureTimes(new Uint32Array(await answer.arrayBuffer()));
  }

  get last() { return this.ticks.length - 1; }

  seconds(picture) {
    const { ticks, last } = this;
    if (picture > last) return ticks[last] / TICKS_PER_S + LAST_PICTURE_S;
    return ticks[Math.max(0, picture)] / TICKS_PER_S;
  }

  get lengthS() { return this.seconds(this.last + 1); }

  // the middle between two indexed times: a time at the edge may land on either picture
  middle(picture) { return (this.seconds(picture) + this.seconds(picture + 1)) / 2; }

  pictureAt(seconds) {
    const tick = seconds * TICKS_PER_S + 1;
    let low = 0, high = this.last;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (this.ticks[mid] <= tick) low = mid; else high = mid - 1;
    }
    return low;
  }

  // the picture whose beginning lies nearest: where an edge under the finger snaps to
  edgeAt(seconds) {
    const before = this.pictureAt(seconds);
    return seconds - this.seconds(before) > this.seconds(before + 1) - seconds ? before + 1 : before;
  }
}

export function clock(seconds, digits = 2) {
  const whole = Math.max(0, seconds), hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const scale = 10 ** digits;
  // cut, not rounded: 59.999 s is not yet the next minute
  const rest = (Math.floor((whole % 60) * scale + 1e-6) / scale).toFixed(digits);
  const tail = rest.padStart(digits ? digits + 3 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
