// The whole film in one strip, with a window on the part that the lanes show.
import { fresh, inks, paintStrip } from "./paint.js";
import { View } from "./view.js";

export function overview(film, store, lanes, view, root) {
  const canvas = root.querySelector("canvas"), pane = root.querySelector(".pane"), here = root.querySelector(".here");
  const whole = new View(film.lengthS, root.clientWidth);
  let grip = null; // while the window is dragged: where in it the finger holds it

  function place() {
    here.style.transform = `translateX(${whole.x(film.seconds(film.shown))}px)`;
    const left = whole.x(view.startS), wide = Math.max(12, view.lengthS * whole.pixelsPerS);
    pane.style.transform = `translateX(${Math.min(left, whole.width - wide)}px)`;
    pane.style.width = `${wide}px`;
    pane.hidden = view.isWhole;
  }

  function paint() {
    whole.resize(film.lengthS, root.clientWidth);
    const pen = fresh(canvas), ink = inks(root), height = root.clientHeight;
    paintStrip(pen, whole, lanes, { top: 0, height }, ink);
    pen.fillStyle = ink.leaf;
    for (const clip of store.clips) {
      const x = whole.x(film.seconds(clip.first));
      pen.fillRect(x, height - 5, Math.max(3, whole.x(film.seconds(clip.last + 1)) - x), 5);
    }
    pen.fillStyle = getComputedStyle(root).getPropertyValue("--mark");
    for (const mark of store.marks) pen.fillRect(whole.x(film.seconds(mark.picture)) - 1, 0, 2, 7);
    place();
  }

  const secondsUnder = (event) => whole.seconds(event.clientX - root.getBoundingClientRect().left);
  root.addEventListener("pointerdown", (event) => {
    root.setPointerCapture(event.pointerId);
    const at = secondsUnder(event), isInside = at >= view.startS && at <= view.endS;
    grip = { at, offset: isInside ? at - view.startS : view.lengthS / 2, isMoved: false };
  });
  root.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const at = secondsUnder(event);
    if (!grip.isMoved && Math.abs(at - grip.at) * whole.pixelsPerS < 6) return;
    grip.isMoved = true;
    if (view.isWhole) film.go(film.pictureAt(at)); else view.set(at - grip.offset, view.lengthS);
  });
  root.addEventListener("pointerup", () => {
    if (grip && !grip.isMoved) {
      film.go(film.pictureAt(grip.at));
      view.set(grip.at - view.lengthS / 2, view.lengthS);
    }
    grip = null;
  });
  root.addEventListener("pointercancel", () => { grip = null; });
  return { paint, place };
}
