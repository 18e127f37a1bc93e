// The page's modules, in the order in which they listen.
import { watchTheme } from './figures.js';
import { listen } from './jobs.js';
import { follow, prefetch } from './parts.js';
import { markSoon } from './screens.js';
import { textOfSignal } from './selection.js';
import './annotate/input.js';
import './corpus.js';
import './keep.js';
import './map.js';
import './paper.js';
import './perturb.js';
import './queries.js';
import './runs.js';
import './frame.js';
import { listen as listenToBuilder } from './pipeline.js';
import './setup.js';
import './strips.js';

// Views that Gradio's events draw hear of new outcomes as the parts do.
document.addEventListener('sl-signal', (event) => {
  if (event.detail === 'outcomes') window.SecondLook.renew(textOfSignal('outcomes'));
});
if (document.body) watchTheme(); else addEventListener('DOMContentLoaded', watchTheme);
prefetch(new URLSearchParams(location.search).get('view') ?? 'overview', location.search);
listen();
listenToBuilder();
markSoon();
follow();
