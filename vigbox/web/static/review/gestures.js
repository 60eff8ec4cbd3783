// What fingers, mouse and wheel do on the lanes, as four plain wishes:
// tap(x, event), drag(start | move | end, x, event), and zoom and pan of the view.
const SLOP_PX = 6;

export function gestures(root, view, { tap, drag }) {
  const fingers = new Map();
  let mode = null, start = null, pinch = null;
  const xOf = (event) => event.clientX - root.getBoundingClientRect().left;

  function begin(event) {
    if (event.button || event.target.closest("[data-own-drag]")) return;
    root.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, xOf(event));
    if (fingers.size === 1) {
      mode = "tap";
      start = { x: xOf(event), target: event.target };
    } else if (fingers.size === 2) {
      if (mode === "drag") drag("cancel", start.x, start);
      mode = "pinch";
      pinch = spread();
    }
  }

  function move(event) {
    if (!fingers.has(event.pointerId)) return;
    const x = xOf(event);
    fingers.set(event.pointerId, x);
    if (mode === "pinch") return pinched();
    if (mode === "tap" && Math.abs(x - start.x) > SLOP_PX) {
      mode = "drag";
      drag("start", start.x, start);
    }
    if (mode === "drag") drag("move", x, start);
  }

  function end(event) {
    if (!fingers.delete(event.pointerId)) return;
    if (mode === "tap") tap(start.x, start);
    if (mode === "drag") drag("end", xOf(event), start);
    mode = fingers.size ? "rest" : null;
  }

  function spread() {
    const [a, b] = [...fingers.values()];
    return { wide: Math.max(20, Math.abs(a - b)), middle: (a + b) / 2 };
  }

  function pinched() {
    const now = spread();
    view.pan((pinch.middle - now.middle) / view.pixelsPerS);
    view.zoom(now.wide / pinch.wide, now.middle);
    pinch = now;
  }

  root.addEventListener("pointerdown", begin);
  root.addEventListener("pointermove", move);
  root.addEventListener("pointerup", end);
  root.addEventListener("pointercancel", (event) => {
    if (fingers.delete(event.pointerId) && mode === "drag") drag("cancel", start.x, start);
    if (!fingers.size) mode = null;
  });
  // a finger that rests before it draws asks for no menu
  root.addEventListener("contextmenu", (event) => { if (fingers.size) event.preventDefault(); });
  root.addEventListener("wheel", (event) => {
    event.preventDefault();
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (isSideways) view.pan((event.deltaX || event.deltaY) / view.pixelsPerS);
    else view.zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 300)), xOf(event));
  }, { passive: false });
}
