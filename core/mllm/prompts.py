"""The question put to the MLLM about a pair of images, as chat messages with two image places."""

from dataclasses import dataclass
from typing import Any, Literal

from core.errors import SettingsError

Layout = Literal["images_then_question", "question_first"]

YES_WORDS = ("yes", "Yes", " yes", " Yes", "YES", " YES")
NO_WORDS = ("no", "No", " no", " No", "NO", " NO")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A named question about two images.

    `images_then_question` is the method's order; `question_first` leaves a shorter tail after the
    candidate, so each pair costs less. `system` replaces the chat template's own system line.
    """

    name: str
    question: str
    layout: Layout = "images_then_question"
    system: str | None = None


PRESETS: dict[str, Prompt] = {
    prompt.name: prompt
    for prompt in (
        Prompt("object", "Do these two images show the same object? Answer yes or no."),
        Prompt("landmark", "Do these two images show the same landmark? Answer yes or no."),
        Prompt("product", "Do these two images show the same product? Answer yes or no."),
        Prompt("artwork", "Do these two images show the same artwork? Answer yes or no."),
    )
}


def messages(prompt: Prompt) -> list[dict[str, Any]]:
    """Return chat messages with the query's image place before the candidate's.

    Both images stand in one user message: some processors count tiles per message.
    """
    images = [{"type": "image"}, {"type": "image"}]
    text = [{"type": "text", "text": prompt.question}]
    content = images + text if prompt.layout == "images_then_question" else text + images
    user = {"role": "user", "content": content}
    if prompt.system is None:
        return [user]
    return [{"role": "system", "content": [{"type": "text", "text": prompt.system}]}, user]


def parse_prompt(text: str) -> Prompt:
    """Read `PRESET`, `PRESET:question_first`, or a question of one's own.

    Raises:
        SettingsError: The text is empty or names an unknown layout.
    """
    name, _, layout = text.strip().partition(":")
    if name in PRESETS:
        return _with_layout(PRESETS[name], layout.strip())
    if not text.strip():
        raise SettingsError(
            f"The prompt is empty; name a preset ({', '.join(PRESETS)}) or write a question."
        )
    return Prompt("custom", text.strip())


def _with_layout(prompt: Prompt, layout: str) -> Prompt:
    match layout:
        case "":
            return prompt
        case "images_then_question" | "question_first":
            return Prompt(prompt.name, prompt.question, layout, prompt.system)
        case _:
            raise SettingsError(
                f"Prompt layout '{layout}' is not known; use images_then_question or "
                "question_first."
            )
