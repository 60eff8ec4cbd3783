// An end that is dragged very near to where a voice begins or ends goes there. A step moves it off.
const NEAR_S = 0.2, NEAR_PX = 10;

export function snapped(seconds, view, voices) {
  const near = Math.min(NEAR_S, NEAR_PX / view.pixelsPerS);
  let found = null, far = near;
  for (const voice of voices) {
    if (voice[1] / 1000 < seconds - near || voice[0] / 1000 > seconds + near) continue;
    for (const at of voice) {
      if (Math.abs(at / 1000 - seconds) <= far) [found, far] = [at / 1000, Math.abs(at / 1000 - seconds)];
    }
  }
  return { seconds: found ?? seconds, isAtVoice: found !== null };
}
