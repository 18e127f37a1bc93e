// The page's modules, in the order in which they listen.
import './controls.js';
import './links.js';
import './upload.js';
import { watchTheme } from './figures.js';
import './frame.js';
import { listen } from './jobs.js';
import { follow, prefetch } from './parts.js';
import { markSoon } from './screens.js';
import './annotate/input.js';
import './corpus.js';
import './keep.js';
import './map.js';
import './pair.js';
import './paper.js';
import './perturb.js';
import './queries.js';
import './runs.js';
import { listen as listenToBuilder } from './pipeline.js';
import './setup.js';
import './strips.js';

watchTheme();
prefetch(location.search);
listen();
listenToBuilder();
markSoon();
follow();
