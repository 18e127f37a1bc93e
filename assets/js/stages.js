// A pipeline as the grammar of core/reranking/pipelines.py writes it.

// One stage: NAME, what joins the option, the option, @DEPTH.
export function stageText({ name, mark, option, depth }) {
  return name + (mark && option ? mark + option : '') + (depth ? `@${depth}` : '');
}

export const pipelineText = (stages) => stages.map(stageText).join(' > ');

// The stages with one moved by `by` places; those at an end stay there.
export function moved(stages, at, by) {
  const to = Math.min(stages.length - 1, Math.max(0, at + by));
  const rest = stages.filter((_, i) => i !== at);
  return [...rest.slice(0, to), stages[at], ...rest.slice(to)];
}
