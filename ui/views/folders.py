"""Open another corpus below the roots that the user named at start."""

from typing import TYPE_CHECKING

import gradio as gr

from core.errors import ManifestError, SecondLookError
from ui import messages
from ui.render.folders import render_folders, render_opening, render_refusal
from ui.views.shared import QUIET

if TYPE_CHECKING:
    from core.workbench import Workbench

# After a choice the server goes away for some seconds and comes back with the other corpus.
_SCRIPT = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-open]');
  if (!button) return;
  button.disabled = true;
  trigger('open', { folder: element.querySelector('select').value });
});
watch('value', async () => {
  if (!element.querySelector('[data-reopen]')) return;
  const started = Date.now();
  let gone = false;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    try {
      const answer = await fetch('/', { cache: 'no-store' });
      if (answer.ok && (gone || Date.now() - started > 8000)) { location.href = '/'; return; }
    } catch { gone = true; }
  }
});
"""


def build(workbench: "Workbench") -> gr.HTML:
    """Make the chooser; it is empty without a root."""
    return gr.HTML(
        render_folders(workbench.folders.choices()),
        elem_id="sl-folders",
        apply_default_css=False,
        js_on_load=_SCRIPT,
    )


def wire(workbench: "Workbench", chooser: gr.HTML) -> None:
    """Ask for the chosen folder."""

    def request_folder(event: gr.EventData) -> str:  # Gradio finds no event behind a partial
        """Check the folder and ask for it. Inputs: the event's folder. Outputs: chooser."""
        return opened(workbench, str(event.folder))

    chooser.open(request_folder, None, chooser, **QUIET)


def opened(workbench: "Workbench", name: str) -> str:
    """Return what stands in the chooser's place after a folder was asked for."""
    try:
        workbench.folders.request(name)
    except SecondLookError as error:
        faults = error.faults if isinstance(error, ManifestError) else ()
        choices = workbench.folders.choices()
        return render_refusal(choices, messages.error_text(error), faults)
    return render_opening(name)
