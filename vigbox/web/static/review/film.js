// A film as pictures: which one is shown, going to one, playing a span of them.
// Events: "picture" (another one is shown or asked for), "settled" (the one asked for is on the
// screen), "state" (play, pause, speed, loop, source), "trouble" (detail: a key of the words),
// "starved" (a film that grows is played past its newest picture).
import { PictureTimes, clock } from "./times.js";
import { Seeker } from "./seeker.js";

export const SPEEDS = [0.25, 0.5, 1, 2];

export class Film extends EventTarget {
  #speed = 1;
  #isLooping = true;
  #worn = new WeakSet();

  constructor(video, times) {
    super();
    Object.assign(this, { times, shown: 0, span: null, isGrowing: false });
    this.seeker = new Seeker(
      video, (picture) => this.times.middle(picture), (seconds) => this.times.pictureAt(seconds),
      { onPicture: (picture) => this.#passed(picture), onSettled: () => this.#tell("settled") },
    );
    this.#wear(video);
  }

  static async open(video, timesAddress) {
    return new Film(video, await PictureTimes.fetch(timesAddress));
  }

  get last() { return this.times.last; }
  get lengthS() { return this.times.lengthS; }
  get isPlaying() { return !this.video.paused && !this.video.ended; }
  get isSettled() { return this.seeker.isSettled; }
  seconds(picture) { return this.times.seconds(picture); }
  pictureAt(seconds) { return this.times.pictureAt(seconds); }
  clock(picture, digits = 2) { return clock(this.seconds(picture), digits); }

  get speed() { return this.#speed; }
  set speed(value) { this.#speed = value; this.#setSpeed(); this.#tell("state"); }
  get loop() { return this.#isLooping; }
  set loop(value) { this.#isLooping = Boolean(value); this.#tell("state"); }

  go(picture) {
    const wanted = Math.max(0, Math.min(this.last, Math.round(picture)));
    if (this.span && (wanted < this.span.first || wanted > this.span.last)) this.#leaveSpan();
    this.seeker.go(wanted);
    this.#show(wanted);
  }

  step(by) { this.pause(); this.go(this.shown + by); }
  jump(seconds) { this.go(this.pictureAt(Math.max(0, this.seconds(this.shown) + seconds))); }
  toggle() { if (this.isPlaying) this.pause(); else this.play(); }
  pause() { this.video.pause(); }

  play() {
    if (!this.span && this.shown === this.last) {
      if (this.isGrowing) return this.#tell("starved");
      this.go(0);
    }
    return this.video.play().catch((error) => {
      // a pause or a new source right after is no trouble
      if (error.name !== "AbortError") this.#tell("trouble", error.name === "NotAllowedError" ? "film-tap" : "film-unreadable");
    });
  }

  playSpan(first, last) {
    this.span = { first, last };
    this.go(first);
    this.#tell("state");
    return this.play();
  }

  // More of the film, in another element that already shows the same picture.
  takeOver(video, times) {
    this.times = times;
    this.#wear(video);
    this.seeker.take(video);
    this.#setSpeed();
    this.#tell("state");
  }

  // Opened anew: the place is kept.
  async setSource(address, timesAddress) {
    const times = await PictureTimes.fetch(timesAddress);
    const wasPlaying = this.isPlaying;
    this.times = times;
    this.seeker.forget();
    this.video.src = address;
    this.go(Math.min(this.shown, this.last));
    this.#tell("state");
    if (wasPlaying) await this.play();
  }

  #passed(picture) {
    this.#show(picture);
    // asked as its last picture appears: it stays on the screen until the first one is there
    if (!this.span || this.video.paused || picture < this.span.last) return;
    if (this.#isLooping) { this.go(this.span.first); return; }
    const { last } = this.span;
    this.#leaveSpan();
    this.pause();
    this.go(last);
  }

  #wear(video) {
    this.video = video;
    if (this.#worn.has(video)) return;
    this.#worn.add(video);
    const on = (kind, does) => video.addEventListener(kind, () => { if (video === this.video) does(); });
    for (const kind of ["play", "pause", "ended"]) on(kind, () => this.#tell("state"));
    on("ended", () => this.#ended());
    on("error", () => this.#tell("trouble", "film-unreadable"));
    on("loadedmetadata", () => this.#setSpeed());
  }

  // a clip that reaches to the film's end begins again too
  #ended() {
    if (!this.span && this.isGrowing) this.#tell("starved");
    if (!this.span || !this.#isLooping) return;
    this.go(this.span.first);
    this.play();
  }

  #show(picture) {
    if (picture === this.shown) return;
    this.shown = picture;
    this.#tell("picture");
  }

  #leaveSpan() { this.span = null; this.#tell("state"); }

  #setSpeed() {
    const { video } = this;
    video.preservesPitch = video.webkitPreservesPitch = true;
    video.defaultPlaybackRate = video.playbackRate = this.#speed;
  }

  #tell(kind, detail) { this.dispatchEvent(new CustomEvent(kind, { detail })); }
}
