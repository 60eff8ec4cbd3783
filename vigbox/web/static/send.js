// Requests that change something carry this page's token (web/tokens.py). A page that was open while
// the box was started again is given a new one with the refusal, and asks once more by itself.
const meta = document.querySelector('meta[name="csrf-token"]'), HEADER = "X-CSRFToken";

export const token = () => meta.content;

export async function send(address, options = {}) {
  const once = () => fetch(address, { ...options, headers: { ...options.headers, [HEADER]: meta.content } });
  const answer = await once();
  const fresh = answer.status === 400 && answer.headers.get(HEADER);
  if (!fresh) return answer;
  meta.content = fresh;
  return once();
}
