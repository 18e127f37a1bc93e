// The pipeline's builder on the Setup screen: its rows make the text that the address holds, and the
// server draws the rows of that text.
import { $, all } from './dom.js';
import { reopen } from './corpus.js';
import { patch } from './selection.js';
import { moved, pipelineText } from './stages.js';

function read(row) {
  const chosen = $('[data-stage]', row).selectedOptions[0];
  const { mark = '', first } = chosen.dataset;
  const field = $('[data-option]', row);
  const option = (field && row.dataset.mark === mark ? field.value.trim() : '') || first || '';
  return { name: chosen.value, mark, option, depth: $('[data-depth]', row).value };
}

const builder = () => $('[data-pipeline]');
const stages = () => all('[data-stage-row]', builder()).map(read);
const write = (list) => patch({ pipeline: pipelineText(list) });

export function listen() {
  document.addEventListener('change', (event) => {
    if (event.target.closest('[data-pipeline]')) write(stages());
  });
  document.addEventListener('click', (event) => {
    const target = event.target.closest(
      '[data-stage-add],[data-stage-move],[data-stage-remove],[data-pipeline-reset],[data-pipeline-set],[data-use-pipeline]');
    if (!target) return;
    const { stageAdd, stageMove, stageRemove, row, usePipeline, pipelineSet } = target.dataset;
    if (usePipeline !== undefined) use(usePipeline);
    else if (pipelineSet !== undefined) patch({ view: 'setup', pipeline: pipelineSet });
    else if (stageAdd !== undefined) patch({ pipeline: `${pipelineText(stages())} > ${stageAdd}` });
    else if (stageMove !== undefined) write(moved(stages(), row - 1, Number(stageMove)));
    else if (stageRemove !== undefined) write(stages().filter((_, i) => i !== row - 1));
    else patch({ pipeline: '' });
  });
}

async function use(pipeline) { // the depth in the address belongs to the pipeline that goes
  const place = $('[data-pipeline-verdict]');
  await reopen(place, 'setting/pipeline', { pipeline }, () => {
    patch({ pipeline: '', depth: '' });
    location.reload();
  });
}
