// Requests to the page's own server, with one sentence for whatever goes wrong.

export const SILENT = 'The server does not answer; is it still running?';
export const FAILED = 'This could not be shown; the server’s log says why.';

export class Refusal extends Error {} // its message is a sentence for the person

// The answer of a request; throws a Refusal, or AbortError where `options.signal` was aborted.
export async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Refusal(SILENT);
  }
  if (answer.ok) return answer;
  let text = FAILED;
  try { text = (await answer.json()).error ?? FAILED; } catch { /* no JSON: not a refusal of ours */ }
  throw new Refusal(text);
}

export function send(address, body, headers = {}, method = 'POST') {
  const all = { 'Content-Type': 'application/json', ...headers };
  return ask(address, { method, headers: all, body: JSON.stringify(body) });
}
