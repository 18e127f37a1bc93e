"""Model, prompt and compression: the present ones, the form for others, and what they need."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.pairs import PromptText
from core.types.setting import (
    MemoryNeed,
    ModelChoice,
    ModelFolder,
    SettingCheck,
    SettingFacts,
    SettingWish,
    StoredSize,
)
from ui.render.parts import definitions, join, note, options, tag
from ui.shared.text import bytes_text, esc

LAYOUTS = ("images_then_question", "question_first")
MAX_QUESTION, MAX_COMPRESSION = 2000, 120


def render_setting(facts: SettingFacts) -> Markup:
    """Return the sidebar's part: the present setting, and the way to others or why none leads."""
    if facts.refusal is not None:
        way = note(facts.refusal)
        dialog = ""
    else:
        way = (
            '<button type="button" class="sl-button" popovertarget="sl-setting-dialog">Change …'
            "</button>"
        )
        dialog = (
            '<div popover id="sl-setting-dialog" class="sl-popover sl-setting-dialog" '
            'role="dialog" aria-label="Model, prompt, compression">'
            '<div data-setting-body><p class="sl-sub">Looking below the roots …</p></div></div>'
        )
    present = definitions(
        (
            ("model", facts.model),
            ("prompt", facts.question),
            ("layout", facts.layout.replace("_", " ")),
            ("compression", facts.compression),
        )
    )
    return Markup(
        '<details class="sl-side"><summary>Model, prompt, compression</summary>'
        f"{present}{way}</details>{dialog}"
    )


def render_form(
    wish: SettingWish,
    models: Sequence[ModelChoice],
    prompts: Sequence[PromptText],
    sizes: Sequence[StoredSize],
) -> Markup:
    """Return the form, with the present setting chosen.

    Args:
        wish: The present setting.
        models: What may be opened, with the faults of what may not.
        prompts: Presets and saved wordings.
        sizes: Compressions worth a try.
    """
    return Markup(
        '<form class="sl-setting-form" data-setting-form><h3>Model, prompt, compression</h3>'
        '<p class="sl-sub">Scores made under another setting are kept; they come back when it is '
        "chosen again.</p>"
        f"{_models(wish.model, models)}{_prompt(wish, prompts)}{_compression(wish, sizes)}"
        '<div data-setting-verdict role="status" aria-live="polite"></div>'
        '<div class="sl-setting-actions"><button class="sl-button" data-setting-switch disabled>'
        'Use this setting</button><button type="button" class="sl-button" '
        'popovertarget="sl-setting-dialog" popovertargetaction="hide">Close</button></div></form>'
    )


def render_check(check: SettingCheck) -> Markup:
    """Return what speaks against a wish, or what it needs; `data-ready` where it may be used."""
    if check.faults:
        return render_faults(check.faults)
    lines = [] if check.memory is None else [_need_text(check.memory)]
    if check.size is not None:
        lines.append(_size_text(check.size))
    if check.is_present:
        lines.append("This is the present setting.")
    elif check.changes_model:
        lines.append(
            "The page starts again with this model; then what the work takes is measured and "
            "stated, and waits for your Start."
        )
    else:
        lines.append(
            "The page starts again; then what is still to be encoded and scored is stated with its "
            "time, and waits for your Start. What is stored already comes back at once."
        )
    told = (tag("p", line) for line in lines)
    return tag("div", *told, class_="sl-setting-told", data_ready=not check.is_present)


def render_faults(faults: Sequence[str]) -> Markup:
    """Return why a wish cannot be granted, one sentence each."""
    return join(note(fault, kind="sl-error", role="alert") for fault in faults)


def render_switching() -> Markup:
    """Return what stands there while the server starts again; the script reloads the page."""
    return Markup('<p class="sl-sub" data-reopen="setting">Starting again with this setting …</p>')


def render_moved(facts: SettingFacts) -> str:
    """Return the text for pages that still show another setting; it is no HTML."""
    return (
        "The setting was changed in another window: "
        f"{facts.model}, “{_cut(facts.question)}”, compression {facts.compression}."
    )


def headline(facts: SettingFacts) -> Markup:
    """Return prompt and compression as the header line shows them, escaped."""
    compression = f"compression {facts.compression}"
    if facts.question == "not used":
        return esc(compression)
    return esc(f"“{_cut(facts.question)}” · {compression}")


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _models(chosen: str, models: Sequence[ModelChoice]) -> Markup:
    faulty = [one for one in models if _problem(one)]
    named = ((one.key, f"{one.name}{_model_note(one.folder)}") for one in models)
    offered = options(named, chosen, [one.key for one in faulty])
    problems = (tag("li", _problem(one)) for one in faulty)
    listed = tag("ul", *problems, class_="sl-setting-problems") if faulty else ""
    return Markup(
        f'<label>Model<select name="model" aria-label="Model">{offered}</select></label>{listed}'
    )


def _problem(one: ModelChoice) -> str:
    return "" if one.folder is None else one.folder.problem or ""


def _model_note(folder: ModelFolder | None) -> str:
    if folder is None:
        return ""
    if folder.problem is not None:
        return ": cannot be opened"
    size = "" if folder.n_bytes is None else " ".join(bytes_text(folder.n_bytes))
    return ": " + ", ".join(filter(None, (folder.family, folder.dtype, f"{size} on disk")))


def wording(name: str, one: PromptText | SettingWish, value: str | None = None) -> Markup:
    """Return a question with its layout as an option to start from."""
    return tag("option", name, value=value, data_question=one.question, data_layout=one.layout)


def wording_name(one: PromptText) -> str:
    """Return what a wording is called in a list."""
    return one.name if one.builtin else f"{one.name} (saved)"


def layout_field(chosen: str) -> Markup:
    """Return the select of layouts."""
    named = options(((one, one.replace("_", " ")) for one in LAYOUTS), chosen)
    return tag("label", "Layout", tag("select", named, name="layout", aria_label="Layout"))


def question_field(question: str, kind: str | None = None) -> Markup:
    """Return the field of the question; `kind` is its class."""
    text = tag("textarea", question, name="question", rows=2, maxlength=MAX_QUESTION)
    return tag("label", "Question", text, class_=kind)


def _prompt(wish: SettingWish, prompts: Sequence[PromptText]) -> Markup:
    offered = wording("present one", wish) + join(wording(wording_name(p), p) for p in prompts)
    return Markup(
        '<div class="sl-setting-pair"><label>Prompt<select data-setting-prompt '
        f'aria-label="Saved prompt or preset">{offered}</select></label>'
        f"{layout_field(wish.layout)}</div>{question_field(wish.question)}"
    )


def _compression(wish: SettingWish, sizes: Sequence[StoredSize]) -> Markup:
    named = ((one.compression, f"{one.compression}{_size_note(one)}") for one in sizes)
    faulty = [one.compression for one in sizes if one.problem]
    offered = options(named, wish.compression, faulty)
    return Markup(
        '<div class="sl-setting-pair"><label>Compression<select data-setting-compression '
        f'aria-label="Compression to start from">{offered}</select></label>'
        '<label>or written<input name="compression" autocomplete="off" spellcheck="false" '
        f'maxlength="{MAX_COMPRESSION}" aria-label="Compression" value="{esc(wish.compression)}">'
        "</label></div>"
    )


def _size_note(one: StoredSize) -> str:
    if one.problem is not None:
        return ": not for this model"
    return "" if one.n_bytes is None else f": {one.n_bytes:,.0f} bytes per image"


def _size_text(one: StoredSize) -> str:
    if one.n_bytes is None:
        return "The bytes per image are known once the model is loaded."
    return (
        f"{one.compression}: {one.n_bytes:,.0f} bytes per image (mean of n = {one.n_images} images "
        "of the database)."
    )


def _need_text(need: MemoryNeed) -> str:
    takes = " ".join(bytes_text(need.n_bytes))
    if need.free_bytes is None:
        return f"The weights take {takes} in {need.dtype}; how much is free cannot be told here."
    free = " ".join(bytes_text(need.free_bytes))
    return f"The weights take {takes} in {need.dtype}; {free} are free for them on {need.device}."
