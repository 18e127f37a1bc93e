// The menu beside a plot: its figure laid out for a paper, its caption, its numbers as a table.
import { take } from './download.js';
import { ask } from './http.js';
import { current } from './selection.js';
import { say } from './toast.js';

const FORMATS = [['svg', 'SVG'], ['pdf', 'PDF'], ['png', 'PNG']];
const WIDTHS = [['one', 'one column'], ['two', 'two columns']];
const TABLES = [['tex', 'LaTeX'], ['md', 'Markdown']];

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-save-plot]');
  if (opener) open(opener);
  const chosen = event.target.closest('[data-paper]');
  if (chosen) run(chosen);
});

function open(opener) {
  const plot = opener.parentElement.querySelector('.sl-plot');
  if (!plot?.data) { say('There is no plot to save yet.'); return; }
  const menu = document.getElementById('sl-paper') ?? made();
  menu.replaceChildren(...rows(opener.dataset.savePlot, opener.dataset.table));
  menu.showPopover();
  const { left, right, bottom } = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  menu.style.left = `${Math.max(8, Math.min(right - width, innerWidth - width - 8, left))}px`;
  menu.style.top = `${Math.max(8, Math.min(bottom + 4, innerHeight - height - 8))}px`;
  menu.addEventListener('toggle', (closed) => {
    if (closed.newState === 'closed' && menu.contains(document.activeElement)) opener.focus();
  }, { once: true });
  menu.querySelector('button').focus();
}

function made() {
  const menu = document.createElement('div');
  menu.id = 'sl-paper';
  menu.popover = 'auto';
  menu.setAttribute('role', 'group');
  menu.setAttribute('aria-label', 'Save for a paper');
  (document.querySelector('.gradio-container') ?? document.body).append(menu);
  return menu;
}

function rows(figure, table) {
  const widths = WIDTHS.map(([width, words]) => row(`Figure, ${words}`, FORMATS.map(
    ([form, name]) => button(name, `figure/${figure}.${form}`, width, `${name}, ${words}`))));
  const caption = row('Caption', [button('Copy', `figure/${figure}.txt`, 'copy', 'Copy caption')]);
  const numbers = TABLES.map(([form, name]) => button(name, `table/${table}.${form}`, '', `Table as ${name}`));
  return [...widths, caption, ...(table ? [row('Table', numbers)] : [])];
}

function row(title, buttons) {
  const line = document.createElement('div');
  const name = document.createElement('span');
  name.textContent = title;
  line.append(name, ...buttons);
  return line;
}

function button(text, path, how, label) {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = 'sl-button';
  node.textContent = text;
  node.setAttribute('aria-label', label);
  Object.assign(node.dataset, { paper: path, how });
  return node;
}

async function run(chosen) {
  const { paper: path, how } = chosen.dataset;
  const params = new URLSearchParams(current());
  if (how !== 'copy') {
    if (how) params.set('width', how);
    await take(`${path}?${params}`, chosen);
    return;
  }
  try {
    await navigator.clipboard.writeText((await (await ask(`${path}?${params}`)).text()).trim());
    say('The caption is copied.');
  } catch (error) {
    say(error.message);
  }
}
