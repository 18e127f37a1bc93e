// Files from the page's own server: as a link would, but a refusal is one sentence on this page.
import { ask } from './http.js';
import { say } from './toast.js';

const NAME = /filename\*=UTF-8''([^;]+)/;

export async function take(address, busy, name = 'file') { // `busy` is what was pressed
  busy.setAttribute('aria-busy', 'true');
  say('Making the file …');
  try {
    const answer = await ask(address);
    const told = NAME.exec(answer.headers.get('Content-Disposition') ?? '');
    give(URL.createObjectURL(await answer.blob()), told ? decodeURIComponent(told[1]) : name);
    say('');
  } catch (error) {
    say(error.message);
  } finally {
    busy.removeAttribute('aria-busy');
  }
}

function give(address, name) {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 30_000);
}
