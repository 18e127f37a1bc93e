// The page's modules, in the order in which they listen.
import { watchTheme } from './figures.js';
import { follow } from './parts.js';
import { signal } from './selection.js';
import './runs.js';

document.addEventListener('sl-revision', (event) => signal('outcomes', event.detail));
if (document.body) watchTheme(); else addEventListener('DOMContentLoaded', watchTheme);
follow();
