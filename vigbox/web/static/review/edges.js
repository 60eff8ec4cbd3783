// "Starts here" and "ends here": they move the selected clip, or draw a new one where there is none.
import { say } from "./words.js";

const NEAR_S = 10; // further away from the selected clip, a new one is meant

export function edges(film, store, tell) {
  let begun = null;

  function meant() {
    const clip = store.clips.find((each) => each.id === store.selected);
    if (!clip) return null;
    const at = film.seconds(film.shown);
    const isNear = at > film.seconds(clip.first) - NEAR_S && at < film.seconds(clip.last) + NEAR_S;
    return isNear ? clip : null;
  }

  function starts() {
    const clip = begun === null && meant(), at = film.shown;
    if (clip && at <= clip.last) return store.change(clip.id, { first: at });
    begun = at;
    store.select(null);
    return tell(say("begun", { time: film.clock(at) }));
  }

  function ends() {
    film.pause();
    const clip = meant(), at = film.shown, first = begun;
    if (first !== null && at >= first) {
      begun = null;
      tell("");
      return store.addClip(first, at);
    }
    if (clip && at >= clip.first) return store.change(clip.id, { last: at });
    return tell(say(first === null ? "no-start" : "ends-early"));
  }

  return { starts, ends };
}
