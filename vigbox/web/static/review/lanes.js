// What was found in the film: strip, wave, movement, voices. Asked for until it is there.
// Event: "change".
const AGAIN_MS = 1500;

const bytes = (text) => Uint8Array.from(atob(text ?? ""), (letter) => letter.charCodeAt(0));

export class Lanes extends EventTarget {
  constructor(address) {
    super();
    Object.assign(this, {
      address, state: "waiting", progress: 0, why: "",
      wave: null, motion: null, speech: [], strip: null, image: null,
    });
  }

  async load() {
    clearTimeout(this.again);
    try {
      const answer = await fetch(this.address);
      if (answer.status === 404) return this.#tell({ state: "failed" });
      if (!answer.ok) throw new Error(answer.status);
      this.#take(await answer.json());
    } catch {
      // the box may be busy: nothing here is needed for watching
    }
    if (["waiting", "working"].includes(this.state)) this.again = setTimeout(() => this.load(), AGAIN_MS);
    return undefined;
  }

  #take(found) {
    const { state, progress = 0, why = "", speech = [] } = found;
    this.#tell({
      state, progress, why, speech,
      wave: found.wave ? bytes(found.wave) : this.wave,
      motion: found.motion ? bytes(found.motion) : this.motion,
    });
    if (found.strip && found.strip.url !== this.strip?.url) this.#fetchStrip(found.strip);
  }

  #fetchStrip(strip) {
    this.strip = strip;
    const image = new Image();
    image.onload = () => this.#tell({ image });
    image.src = strip.url;
  }

  #tell(facts) {
    Object.assign(this, facts);
    this.dispatchEvent(new Event("change"));
  }
}
