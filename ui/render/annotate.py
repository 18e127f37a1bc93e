"""The Annotate screen: its frame, which stays, and the pair, which changes."""

from markupsafe import Markup

from core.types.annotation import VERDICTS, QueueItem, Verdict
from core.types.corpus import ImageRecord
from core.types.scores import ScoreKind
from ui.render.parts import button, chip, download, glyph, join, num, panel, pressed, tag
from ui.shared.text import RELATION_GLYPHS, ThumbnailUrls, esc, file_name, scored_in

LARGE_PX = 640
"""Long side of the two pictures of a pair."""
_GLYPHS: dict[Verdict, str] = {
    "match": "✓",
    "no match": "✕",
    "unsure": "?",
    "near duplicate": "≈",
    "label error": "!",
}
_MOVES = (
    ("back", "K", "previous"),
    ("next", "J", "next"),
    ("undo", "U", "undo"),
    ("redo", "R", "redo"),
    ("blind", "L", "hide label"),
)
_ACCEPTED = ".csv,.jsonl,text/csv,application/jsonl"


def render_screen(workspace: str) -> Markup:
    """Return the frame of the screen; `assets/annotate.js` fills it.

    `workspace` tells answers that wait in the browser apart from those of another corpus.
    """
    return Markup(
        f'<div class="sl-an" data-an data-workspace="{esc(workspace)}">{_bar()}'
        '<p id="sl-an-alert" class="sl-error" role="alert" hidden></p>'
        '<div class="sl-an-columns"><div class="sl-an-main">'
        '<div id="sl-an-stage" class="sl-an-stage" aria-live="polite">'
        '<p class="sl-empty" role="status">Loading the queue …</p></div>'
        f"{_answers()}</div><div class='sl-an-side'>{_files()}"
        '<section id="sl-an-agreement" class="sl-panel" aria-label="Agreement"></section>'
        '<section id="sl-an-labels" class="sl-panel" aria-label="Relabelling"></section>'
        "</div></div></div>"
    )


def render_pair(
    item: QueueItem, kind: ScoreKind, query: ImageRecord, image: ImageRecord, urls: ThumbnailUrls
) -> Markup:
    """Return one pair: two large pictures, and why it is in the queue; its score is of `kind`."""
    label = chip(RELATION_GLYPHS[item.relation], item.relation, f"sl-an-{item.relation}")
    return Markup(
        '<div class="sl-an-pair">'
        f"{_figure('query', query, urls)}{_figure('candidate', image, urls)}</div>"
        f'<p class="sl-an-why">{label}{tag("span", item.reason)}{_score(item, kind)}'
        '<span class="sl-an-blind">label, score and reason are hidden (L)</span></p>'
    )


def pictures(item: QueueItem, urls: ThumbnailUrls) -> list[str]:
    """Return the addresses of a pair's pictures, to be loaded ahead."""
    return [urls.url(image_id, LARGE_PX) for image_id in (item.query_id, item.image_id)]


def _figure(role: str, record: ImageRecord, urls: ThumbnailUrls) -> Markup:
    name = file_name(record.image_id)
    return Markup(
        f'<figure class="sl-an-figure"><img src="{urls.url(record.image_id, LARGE_PX)}" '
        f'alt="{role} {esc(name)}" width="{record.width or 4}" height="{record.height or 3}">'
        f"<figcaption><b>{role}</b> {tag('bdi', name, title=record.image_id)}"
        f"{tag('small', record.instance_id or 'no instance', class_='sl-an-secret')}"
        "</figcaption></figure>"
    )


def _score(item: QueueItem, kind: ScoreKind) -> Markup:
    ranks = (
        f"rank {item.rank_before} before, {item.rank_after} after · "
        if item.rank_before and item.rank_after
        else ""
    )
    return num(f"{ranks}{kind.name} {scored_in(item.margin, kind)}")


def _bar() -> Markup:
    return Markup(
        '<div class="sl-an-bar"><label class="sl-an-author"><span>Author</span>'
        '<input data-an-author maxlength="60" autocomplete="off" spellcheck="false" '
        'placeholder="your name"></label>'
        '<div class="sl-an-progress"><div class="sl-track" role="progressbar" aria-valuemin="0" '
        'aria-valuemax="0" aria-valuenow="0" aria-label="Judged pairs of this queue">'
        '<div class="sl-fill" style="width:0"></div></div>'
        '<span data-an-progress class="sl-sub"></span></div>'
        '<span data-an-saved class="sl-chip" role="status">nothing to save</span>'
        '<button type="button" class="sl-button" data-an-retry hidden>Try again now</button></div>'
        '<p class="sl-sub sl-an-source" data-an-source></p>'
    )


def _answers() -> Markup:
    verdicts = join(
        pressed(
            *(tag("kbd", number), glyph(_GLYPHS[verdict]), " ", verdict),
            on=False,
            kind=f"sl-an-verdict sl-an-v{number}",
            data_an_verdict=verdict,
            disabled=True,
        )
        for number, verdict in enumerate(VERDICTS, start=1)
    )
    moves = join(
        button(tag("kbd", key), " ", text, data_an_move=move, disabled=True)
        for move, key, text in _MOVES
    )
    return Markup(
        f'<div class="sl-an-verdicts" role="group" aria-label="Verdict">{verdicts}</div>'
        '<div class="sl-an-words"><label><span><kbd>T</kbd> tags, with commas</span>'
        '<input data-an-tags maxlength="500" autocomplete="off" list="sl-an-known" disabled>'
        '<datalist id="sl-an-known"></datalist></label>'
        "<label><span><kbd>N</kbd> note</span>"
        '<textarea data-an-note rows="1" maxlength="2000" disabled></textarea></label></div>'
        f'<div class="sl-an-moves">{moves}</div>'
    )


def _files() -> Markup:
    exports = join(
        download(text, f"annotations/export/{kind}")
        for kind, text in (("csv", "CSV"), ("jsonl", "JSONL"))
    )
    return panel(
        "Files",
        Markup(
            f'<div class="sl-an-files"><span class="sl-sub">All annotations</span>{exports}'
            '<label class="sl-button sl-an-import" tabindex="0">Import a file<input type="file" '
            f'class="sl-hidden" tabindex="-1" accept="{_ACCEPTED}" data-an-import></label></div>'
            '<p class="sl-sub" data-an-imported role="status">CSV or JSONL as exported, or a '
            "relevance.csv. What is here is never overwritten.</p>"
            '<button type="button" class="sl-link" data-an-clear hidden>Empty my selection</button>'
        ),
    )
