// Paints the lanes: ruler, picture strip, wave with voices and movement. Pixels only, no state.
import { clock } from "./times.js";

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600];
const LABEL_PX = 84;
const WAVE_S = 0.02, MOTION_S = 0.2;

export function inks(element) {
  const style = getComputedStyle(element);
  const ink = (name) => style.getPropertyValue(name).trim();
  return {
    soft: ink("--soft"), line: ink("--line"), paper: ink("--lane"), leaf: ink("--leaf"),
    quiet: ink("--quiet"), motion: ink("--motion"), voice: ink("--voice"), font: style.fontFamily,
  };
}

// Sizes a canvas for the screen's own pixels; gives its context, in CSS pixels, empty.
export function fresh(canvas) {
  const ratio = devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = canvas;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

export function paintRuler(pen, view, times, { top, height }, ink) {
  const step = STEPS_S.find((each) => each * view.pixelsPerS >= LABEL_PX) ?? STEPS_S.at(-1);
  pen.font = `12px ${ink.font}`;
  pen.textBaseline = "middle";
  for (let n = Math.ceil(view.startS / step); n * step <= view.endS; n += 1) {
    const x = Math.round(view.x(n * step)) + 0.5;
    pen.fillStyle = ink.line;
    pen.fillRect(x, top + height - 9, 1, 9);
    pen.fillStyle = ink.soft;
    pen.textAlign = x < 20 ? "left" : x > view.width - 20 ? "right" : "center";
    pen.fillText(clock(n * step, step < 1 ? 1 : 0), x, top + height - 18);
  }
  paintPictures(pen, view, times, { top, height }, ink);
}

// near enough, every picture has its own tick
function paintPictures(pen, view, times, { top, height }, ink) {
  if (view.pixelsPerS < 150) return;
  pen.fillStyle = ink.line;
  for (let n = times.pictureAt(view.startS); n <= times.last && times.seconds(n) <= view.endS; n += 1) {
    pen.fillRect(view.x(times.seconds(n)), top + height - 4, 1, 4);
  }
}

export function paintStrip(pen, view, lanes, { top, height }, ink) {
  pen.fillStyle = ink.paper;
  pen.fillRect(0, top, view.width, height);
  if (!lanes.image) return;
  const { columns, tile_width: tileWidth, tile_height: tileHeight, times_ms: times } = lanes.strip;
  const wide = (tileWidth * height) / tileHeight;
  // the slots hang on the film, not on the screen: a strip that slides does not flicker
  const first = Math.floor((view.startS * view.pixelsPerS) / wide);
  for (let slot = first; slot * wide < view.endS * view.pixelsPerS; slot += 1) {
    const tile = nearest(times, (1000 * (slot + 0.5) * wide) / view.pixelsPerS);
    pen.drawImage(
      lanes.image, (tile % columns) * tileWidth, Math.floor(tile / columns) * tileHeight,
      tileWidth, tileHeight, slot * wide - view.startS * view.pixelsPerS, top, wide + 0.5, height,
    );
  }
}

function nearest(times, at) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((times[mid] + times[mid + 1]) / 2 < at) low = mid + 1; else high = mid;
  }
  return low;
}

export function paintSound(pen, view, lanes, place, ink) {
  const { top, height } = place;
  pen.fillStyle = ink.paper;
  pen.fillRect(0, top, view.width, height);
  if (lanes.motion) paintMotion(pen, view, lanes.motion, place, ink);
  const voices = lanes.speech.filter(([from, to]) => to > view.startS * 1000 && from < view.endS * 1000);
  pen.fillStyle = ink.voice;
  for (const [x, wide] of bars(voices, view)) bar(pen, x, top + 2, wide, height - 4);
  if (lanes.wave) paintWave(pen, view, lanes.wave, voices, place, ink);
}

// where hours are shown, many voices share a pixel: they are one bar
function bars(voices, view) {
  const found = [];
  for (const [from, to] of voices) {
    const x = view.x(from / 1000), end = Math.max(x + 2, view.x(to / 1000)), before = found.at(-1);
    if (before && x - before[0] - before[1] < 1) before[1] = Math.max(before[1], end - before[0]);
    else found.push([x, end - x]);
  }
  return found;
}

function bar(pen, x, y, width, height) {
  if (width < 4) { pen.fillRect(x, y, width, height); return; }
  pen.beginPath();
  pen.roundRect(x, y, width, height, Math.min(6, width / 2));
  pen.fill();
}

function paintMotion(pen, view, motion, { top, height }, ink) {
  pen.fillStyle = ink.motion;
  pen.beginPath();
  pen.moveTo(0, top + height);
  for (let x = 0; x <= view.width; x += 2) {
    pen.lineTo(x, top + height - (height * most(motion, view, x, 2, MOTION_S)) / 255);
  }
  pen.lineTo(view.width, top + height);
  pen.fill();
}

function paintWave(pen, view, wave, voices, { top, height }, ink) {
  const middle = top + height / 2;
  let next = 0;
  for (let x = 0; x < view.width; x += 3) {
    const at = view.seconds(x + 1) * 1000;
    while (next < voices.length && voices[next][1] < at) next += 1;
    const isVoice = next < voices.length && voices[next][0] <= at;
    const tall = Math.max(1, (height - 8) * Math.sqrt(most(wave, view, x, 3, WAVE_S) / 255));
    pen.fillStyle = isVoice ? ink.leaf : ink.quiet;
    pen.fillRect(x, middle - tall / 2, 2, tall);
  }
}

function most(values, view, x, wide, stepS) {
  const from = Math.max(0, Math.floor(view.seconds(x) / stepS));
  const to = Math.min(values.length, Math.max(from + 1, Math.ceil(view.seconds(x + wide) / stepS)));
  let found = 0;
  const blocks = to - from > 2 * BLOCK ? blocksOf(values) : null;
  for (let n = from; n < to; n += 1) {
    if (blocks && n % BLOCK === 0 && n + BLOCK <= to) {
      found = Math.max(found, blocks[n / BLOCK]);
      n += BLOCK - 1;
    } else if (values[n] > found) found = values[n];
  }
  return found;
}

// the largest of each few values: hours of film are not looked through for every picture painted
const BLOCK = 64, known = new WeakMap();
function blocksOf(values) {
  if (!known.has(values)) {
    const found = new Uint8Array(Math.ceil(values.length / BLOCK));
    values.forEach((value, n) => { if (value > found[Math.trunc(n / BLOCK)]) found[Math.trunc(n / BLOCK)] = value; });
    known.set(values, found);
  }
  return known.get(values);
}
