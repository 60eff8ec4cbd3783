// Follows a stage: plays what the practitioner directs, on the client screen and on her own page.
export class Player {
  constructor(film, base, { whenRefused = () => {}, isQuiet = false } = {}) {
    this.film = film;
    this.base = base;
    this.whenRefused = whenRefused;
    this.change = -1;
    this.clip = this.starts = null;
    film.muted = isQuiet;
    film.addEventListener("contextmenu", (event) => event.preventDefault());
    film.addEventListener("loadeddata", () => this.loadNext());
  }

  follow(facts) {
    if (facts.change === this.change) return;
    this.change = facts.change;
    this.facts = facts;
    const film = this.film;
    if (facts.clip !== this.clip) {
      this.clip = facts.clip;
      this.starts = facts.starts;
      // Safari shows no picture of a film that stands at its very beginning
      film.src = `${this.base}/clip-${facts.clip}.mp4#t=0.001`;
      film.load();
    } else if (facts.starts !== this.starts) {
      this.starts = facts.starts;
      film.currentTime = 0;
    }
    film.loop = facts.loop;
    film.defaultPlaybackRate = film.playbackRate = facts.speed / 100;
    if (facts.frozen || !facts.playing) film.pause();
    if (facts.frozen && facts.freeze_s !== null) film.currentTime = facts.freeze_s;
    if (facts.playing && !facts.frozen) this.play();
  }

  play() {
    const film = this.film;
    if (film.ended) film.currentTime = 0;
    film.play().catch((error) => { if (error.name === "NotAllowedError") this.whenRefused(); });
  }

  // Asks for the next clip before it is wanted: the box cuts it meanwhile.
  loadNext() {
    const { clip, of } = this.facts;
    if (clip < of && this.asked !== clip + 1) {
      this.asked = clip + 1;
      fetch(`${this.base}/clip-${clip + 1}.mp4`, { method: "HEAD" }).catch(() => {});
    }
  }

  // A tap is what lets a browser play with sound from now on.
  async allow() {
    await this.film.play().catch(() => {});
    if (!this.facts?.playing) this.film.pause();
  }
}

// What to ask for when somebody wants it to go on or to stop.
export function toggled(film, facts) {
  if (film.ended && !facts.loop) return "again";
  return facts.playing ? "pause" : "play";
}
