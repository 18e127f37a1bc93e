"""Chooses a prompt that reads what composed queries say, where nobody chose one."""

from core.errors import SettingsError
from core.mllm.prompts import TEXT_PLACE, parse_prompt
from core.reranking.chosen import pipeline_of
from core.settings import Settings
from core.types.corpus import Corpus

COMPOSED_PROMPT = "changed"
_ASKS_THE_PROMPT = ("mllm", "evidence")


def with_texts(settings: Settings, corpus: Corpus) -> Settings:
    """Return the settings of a corpus: with composed queries, under a prompt that reads them.

    Raises:
        SettingsError: A prompt was chosen that has no place for what the queries say.
    """
    said = [query for query in corpus.queries if query.text]
    if not said or not any(call.name in _ASKS_THE_PROMPT for call in pipeline_of(settings).calls):
        return settings
    if "prompt" not in settings.model.model_fields_set:
        model = settings.model.model_copy(update={"prompt": COMPOSED_PROMPT})
        return settings.model_copy(update={"model": model})
    if not parse_prompt(settings.model.prompt).reads_text:
        raise SettingsError(
            f"{len(said):,} of {len(corpus.queries):,} queries of '{corpus.name}' carry a text, "
            f"and the prompt '{settings.model.prompt[:80]}' has no place for it; choose --prompt "
            f"{COMPOSED_PROMPT} or described, or write {TEXT_PLACE} into the question."
        )
    return settings
