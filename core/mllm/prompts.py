"""The question put to the MLLM about a pair of images, as chat messages with two image places."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from core.errors import ModelError, SettingsError, known_name

Layout = Literal["images_then_question", "question_first"]

LAYOUTS: tuple[Layout, ...] = get_args(Layout)
YES_WORDS = ("yes", "Yes", " yes", " Yes", "YES", " YES")
NO_WORDS = ("no", "No", " no", " No", "NO", " NO")

TEXT_PLACE = "{text}"
"""Where a prompt says what a composed query says."""
NO_CHANGE = "unchanged"
"""What stands there for a query without a text, and while a model is tested."""

_IMAGE = {"type": "image"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A named question about two images.

    `images_then_question` is the method's order; `question_first` leaves a shorter tail after the
    candidate, so each pair costs less. `system` replaces the chat template's own system line.
    `labels` are texts before the query's and the candidate's image. `question` may hold `{text}`,
    the place of what a composed query says. `yes` and `no` are the
    spellings of the answers that are accepted; a margin compares two of one form.
    """

    name: str
    question: str
    layout: Layout = "images_then_question"
    system: str | None = None
    labels: tuple[str, str] = ("", "")
    yes: tuple[str, ...] = YES_WORDS
    no: tuple[str, ...] = NO_WORDS

    @property
    def reads_text(self) -> bool:
        """Whether it has a place for what a composed query says."""
        return TEXT_PLACE in self.question

    def asked(self, text: str) -> "Prompt":
        """Return the prompt of a query with this text, in which no special token may be left.

        Raises:
            ModelError: The query has a text, and the prompt no place for it.
        """
        if text and not self.reads_text:
            raise ModelError(
                f"The query says '{text[:80]}', and the prompt '{self.name}' has no place for it; "
                "choose --prompt changed or described, or a question with {text} in it."
            )
        return replace(self, question=self.question.replace(TEXT_PLACE, text or NO_CHANGE))


PRESETS: dict[str, Prompt] = {
    prompt.name: prompt
    for prompt in (
        Prompt("object", "Do these two images show the same object? Answer yes or no."),
        Prompt("landmark", "Do these two images show the same landmark? Answer yes or no."),
        Prompt("product", "Do these two images show the same product? Answer yes or no."),
        Prompt("artwork", "Do these two images show the same artwork? Answer yes or no."),
        Prompt(
            "changed",
            "Does the second image show what is in the first image, changed as described: {text}? "
            "Answer yes or no.",
        ),
        Prompt(
            "described",
            "Does the second image show what the first image and this description ask for: {text}? "
            "Answer yes or no.",
        ),
    )
}
"""Questions for any instruction-tuned model; `changed` and `described` are of composed queries."""

RERANKER_PRESETS: dict[str, Prompt] = {
    prompt.name: prompt
    for prompt in (
        # The wording on which Qwen3-VL-Reranker was trained (its script qwen3_vl_reranker.py);
        # the instruction is the user's to choose.
        Prompt(
            "qwen3-vl-reranker",
            "<Instruct>: Retrieve images that show the same object as the query.",
            "question_first",
            "Judge whether the Document meets the requirements based on the Query and the Instruct "
            'provided. Note that the answer can only be "yes" or "no".',
            ("<Query>:", "\n<Document>:"),
            ("yes",),
            ("no",),
        ),
        # The pointwise wording of LamRA-Rank (its rerank data sets), with their spelling.
        Prompt(
            "lamra",
            "I will provide you with a query and a candidate. Please evaluate whether the "
            "candidate meets the requirements of the query. If it does, respond with 'Yes'; if it "
            "doesn't, responed with 'No'.",
            "question_first",
            labels=("Query:", "Candidate:"),
            yes=("Yes",),
            no=("No",),
        ),
    )
}
"""Questions of checkpoints that were trained to re-rank; other models do better with PRESETS."""


def messages(prompt: Prompt) -> list[dict[str, Any]]:
    """Return chat messages with the query's image place before the candidate's.

    Both images stand in one user message: some processors count tiles per message.
    """
    images = [*_text(prompt.labels[0]), _IMAGE, *_text(prompt.labels[1]), _IMAGE]
    question = _text(prompt.question)
    content = images + question if prompt.layout == "images_then_question" else question + images
    user = {"role": "user", "content": content}
    if prompt.system is None:
        return [user]
    return [{"role": "system", "content": _text(prompt.system)}, user]


def _text(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}] if text else []


def answer_forms(prompt: Prompt) -> list[tuple[str, str]]:
    """Return the accepted spellings of yes and no in pairs of one form, in the order of `yes`.

    Two spellings have one form if their leading space and their case are the same.
    """
    return [(yes, no) for yes in prompt.yes for no in prompt.no if _form(yes) == _form(no)]


def _form(word: str) -> tuple[str, bool, bool, bool]:
    """Return the leading space and whether the letters are lower, upper and title case."""
    space = word[: len(word) - len(word.lstrip())]
    return space, word.islower(), word.isupper(), word.istitle()


def parse_prompt(text: str) -> Prompt:
    """Read `PRESET`, `PRESET:LAYOUT`, a question of one's own, or `LAYOUT:` before it.

    Raises:
        SettingsError: The text is empty or names an unknown layout.
    """
    name, _, layout = text.strip().partition(":")
    presets = {**PRESETS, **RERANKER_PRESETS}
    if name in presets:
        known, asked = presets[name], layout.strip()
        return replace(known, layout=known_layout(asked)) if asked else known
    if not text.strip():
        raise SettingsError(
            f"The prompt is empty; name a preset ({', '.join(presets)}) or write a question."
        )
    if name in LAYOUTS and layout.strip():
        return Prompt("custom", layout.strip(), known_layout(name))
    return Prompt("custom", text.strip())


def prompt_setting(prompt: Prompt) -> str:
    """Return the text that `parse_prompt` reads as a preset or as this question and layout."""
    presets = {**PRESETS, **RERANKER_PRESETS}
    known = presets.get(prompt.name)
    if known is not None and replace(known, layout=prompt.layout) == prompt:
        return prompt.name if known == prompt else f"{prompt.name}:{prompt.layout}"
    question = prompt.question.strip()
    is_plain = question.partition(":")[0] not in (*presets, *LAYOUTS)
    return question if is_plain and prompt.layout == LAYOUTS[0] else f"{prompt.layout}:{question}"


def known_layout(text: str) -> Layout:
    """Return the layout of this name.

    Raises:
        SettingsError: There is none.
    """
    return known_name(text, LAYOUTS, "Prompt layout")
