// Brings a <video> to one picture after another: never more than one seek on its way.
const PATIENCE_MS = 120; // a picture that was sought is painted by then, or nobody will tell

export class Seeker {
  constructor(video, middleOf, pictureAt, { onPicture, onSettled }) {
    Object.assign(this, { middleOf, pictureAt, onPicture, onSettled });
    this.wanted = null; // the picture asked for last, until it is on the screen
    this.sought = null; // the one that the video is on its way to
    this.painted = null; // the one that the video told it shows
    this.hasFrameCallback = "requestVideoFrameCallback" in HTMLVideoElement.prototype;
    this.known = new WeakSet();
    this.take(video);
    if (!this.hasFrameCallback) this.#watch();
  }

  // the one on the screen: where a film grows, two take turns
  take(video) {
    this.video = video;
    this.forget();
    if (this.known.has(video)) return;
    this.known.add(video);
    const on = (kind, does) => video.addEventListener(kind, () => { if (video === this.video) does(); });
    on("seeked", () => this.#arrived());
    on("loadedmetadata", () => { if (this.wanted !== null) this.#seek(); });
    if (this.hasFrameCallback) this.#listen(video);
    else on("timeupdate", () => { if (this.sought === null) this.#ask(); });
  }

  go(picture) {
    this.wanted = picture;
    // asked again while one is on its way: the last wish waits, the others are forgotten
    if (this.sought === null) this.#seek();
  }

  get isSettled() { return this.wanted === null; }

  forget() {
    clearTimeout(this.patience);
    this.wanted = this.sought = this.painted = null;
  }

  #seek() {
    if (this.video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    this.sought = this.wanted;
    this.painted = null;
    this.video.currentTime = this.middleOf(this.sought);
  }

  #arrived() {
    if (this.sought === null || this.video.seeking) return;
    if (this.painted === this.sought) return this.#settle();
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.#settle(), PATIENCE_MS);
  }

  #settle() {
    clearTimeout(this.patience);
    if (this.sought === null) return;
    const reached = this.sought;
    this.sought = null;
    if (this.wanted !== reached) return this.#seek();
    this.wanted = null;
    this.onSettled(reached);
  }

  #listen(video) {
    video.requestVideoFrameCallback((_, frame) => {
      if (video === this.video) this.#seen(this.pictureAt(frame.mediaTime));
      this.#listen(video);
    });
  }

  #seen(picture) {
    this.painted = picture;
    if (this.sought === null) this.onPicture(picture);
    else if (picture === this.sought && !this.video.seeking) this.#settle();
  }

  // older Safari tells nothing about painted pictures: its clock is asked instead
  #watch() {
    const look = () => {
      if (this.sought === null && !this.video.paused) this.#ask();
      requestAnimationFrame(look);
    };
    look();
  }

  #ask() { this.onPicture(this.pictureAt(this.video.currentTime)); }
}
