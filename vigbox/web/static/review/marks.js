// The marks on the ruler: a tap goes there, and offers a clip around it or to take it away.
import { say } from "./words.js";

export function marksLane(film, store, view, root, menu) {
  const flags = new Map();
  let open = null;

  function draw() {
    for (const [id, flag] of flags) if (!store.marks.some((each) => each.id === id)) { flag.remove(); flags.delete(id); }
    for (const mark of store.marks) {
      if (!flags.has(mark.id)) flags.set(mark.id, add(mark));
      flags.get(mark.id).setAttribute("aria-label", say("mark", { time: film.clock(mark.picture, 1) }));
    }
    if (open && !store.marks.some((each) => each.id === open)) close();
    place();
  }

  function add(mark) {
    const flag = document.createElement("button");
    flag.type = "button";
    flag.className = "flag";
    flag.dataset.flag = mark.id;
    flag.addEventListener("click", (event) => { if (!event.detail) pick(mark.id); }); // by keyboard
    flag.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") store.removeMark(mark.id);
    });
    root.append(flag);
    return flag;
  }

  function place() {
    for (const mark of store.marks) {
      const flag = flags.get(mark.id);
      if (!flag) continue;
      const x = view.x(film.seconds(mark.picture));
      flag.hidden = x < -24 || x > view.width + 24;
      flag.style.transform = `translateX(${x - 24}px)`;
      if (mark.id === open) {
        menu.hidden = flag.hidden;
        const wide = menu.offsetWidth;
        menu.style.transform = `translateX(${Math.max(0, Math.min(view.width - wide, x - wide / 2))}px)`;
      }
    }
  }

  // where touch areas lie over one another, the nearest mark is meant
  function near(x) {
    const far = (mark) => Math.abs(view.x(film.seconds(mark.picture)) - x);
    const [found] = store.marks.toSorted((a, b) => far(a) - far(b));
    return found && far(found) <= 24 ? found.id : null;
  }

  function pick(id) {
    const mark = store.marks.find((each) => each.id === id);
    if (!mark) return;
    film.pause();
    film.go(mark.picture);
    open = id;
    menu.hidden = false;
    place();
  }

  function close() { open = null; menu.hidden = true; }

  menu.addEventListener("pointerdown", (event) => event.stopPropagation());
  menu.addEventListener("click", (event) => {
    const mark = store.marks.find((each) => each.id === open);
    const wish = event.target.closest("button")?.dataset.do;
    if (!mark || !wish) return;
    close();
    if (wish === "clip") store.clipAround(mark.picture); else store.removeMark(mark.id);
  });
  return { draw, place, near, pick, close };
}
