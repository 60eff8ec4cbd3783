// All of it by keyboard. Keys stay with what has them: text fields, lists, sliders, open dialogs.
const TYPED = "input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]";
const PRESSED = "button, a[href], summary, input, [role=button]";

export function keyboard({ film, store, lane, deck, panel, cut, help }) {
  const sideways = (sign) => (event) => (event.shiftKey ? film.jump(sign) : film.step(sign));
  const on = () => { if (film.isPlaying) deck.faster(); else film.play(); };
  const keys = {
    " ": () => film.toggle(), k: () => film.toggle(), j: () => film.jump(-5), l: on,
    ArrowLeft: sideways(-1), ArrowRight: sideways(1), Home: () => film.go(0), End: () => film.go(film.last),
    i: cut.starts, o: cut.ends, c: panel.clip, m: panel.mark, s: deck.nextSpeed, f: deck.full,
    r: () => { film.loop = !film.loop; },
    "+": () => lane.zoom(1.6), "=": () => lane.zoom(1.6), "-": () => lane.zoom(1 / 1.6), 0: () => lane.fit(),
    u: () => store.undoLast(), "?": () => help.showModal(), Escape: () => store.select(null),
  };
  const withControl = (event) => {
    const key = event.key.toLowerCase();
    if (key === "z") return event.shiftKey ? store.redoLast : store.undoLast;
    return key === "y" ? store.redoLast : null;
  };
  // a key that is held repeats these; the others happen once
  const repeats = new Set(["ArrowLeft", "ArrowRight", "j", "+", "=", "-"]);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest(TYPED)) return;
    if (event.ctrlKey || event.metaKey) {
      const undo = withControl(event);
      if (!undo) return;
      event.preventDefault();
      undo.call(store);
      return;
    }
    if ([" ", "Enter"].includes(event.key) && event.target.closest(PRESSED)) return;
    const does = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does) return;
    event.preventDefault();
    if (!event.repeat || repeats.has(event.key)) does(event);
  });
}
