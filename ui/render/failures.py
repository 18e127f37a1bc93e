"""The Failures screen's ledger, worst slices and suspect labels."""

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from core.types.annotation import Queue, QueueItem, SuspectKind
from core.types.failures import (
    FailureReport,
    Ledger,
    LedgerLine,
    SliceFinding,
    SliceSearch,
)
from core.types.scores import MARGIN, ScoreKind
from ui import messages
from ui.render.text import (
    MISSING,
    RELATION_GLYPHS,
    ThumbnailUrls,
    ap_text,
    esc,
    file_name,
    p_text,
    signed,
    with_code,
)

N_SLICES, N_SUSPECTS = 8, 6
_PARTS: dict[str, tuple[str, str]] = {
    "retrieval": ("retrieval", "positives that no order of the first candidates brings back"),
    "re-ranker": ("reranker", "positives that stand below negatives in the order by score"),
    "fusion": ("fusion", "what mixing in the cosine costs, or gives back"),
}
_SUSPECTS: dict[SuspectKind, str] = {
    "positive": "positives that other queries claim, or nobody does",
    "unclaimed": "negatives of no instance that these queries claim",
    "swap": "positives of another instance (look-alikes; listed last)",
}


def render_ledger(report: FailureReport) -> Markup:
    """Return the stacked bar of where 1 goes, and a line per part; parts open their queries."""
    if report.ledger is None:
        text = messages.WITHHELD if report.withheld else messages.NO_OUTCOMES
        return _panel("Where the AP goes", "", f'<p class="sl-empty">{esc(text)}</p>')
    ledger = report.ledger
    note = f"mean over queries, n = {ledger.n:,} of {report.n_queries:,}"
    lines = "".join(_ledger_line(line, ledger.n) for line in report.lines)
    kept = (
        '<div class="sl-fl-line"><span class="sl-fl-key sl-fl-kept" aria-hidden="true"></span>'
        f"<b>mAP after</b><span>what is there</span>"
        f'<span class="sl-num">{ap_text(ledger.kept)}</span><span class="sl-num"></span></div>'
    )
    body = f'{_bar(ledger, report.lines)}<div class="sl-fl-lines">{kept}{lines}</div>'
    return _panel("Where the AP goes", note, body)


def render_slices(search: SliceSearch | None, *, running: bool) -> Markup:
    """Return the slices that are worse than the rest, findings marked; each opens its queries."""
    title = "Slices that do worse than the rest"
    if search is None:
        text = messages.SLICES_WAIT if running else messages.NO_SLICES
        return _panel(title, "", f'<p class="sl-empty">{esc(text)}</p>')
    if not search.tried:
        return _panel(title, "", f'<p class="sl-empty">{esc(messages.NO_SLICES)}</p>')
    n = len(search.findings)
    note = f"{n} of {len(search.tried)} tried, corrected p ≤ {search.level:g}"
    worse = [one for one in search.tried if one.effect < 0][:N_SLICES]
    rows = "".join(_slice_row(one, search.level) for one in worse)
    head = (
        '<div class="sl-fl-slice sl-fl-head"><span>slice (query attribute)</span><span>n</span>'
        "<span>mAP after</span><span>effect</span><span>p</span></div>"
    )
    foot = (
        '<p class="sl-fl-note">effect: mean AP after of the slice minus that of all other queries, '
        f"and below it the most that it can be (one-sided {100 * (1 - search.level):g} % bound). "
        "Bound and p are one test, the largest effect of any slice under shuffled instances, "
        "corrected for all tried: the bound is below 0 exactly where p ≤ "
        f"{search.level:g} (▼). Slices of {search.min_size} queries or more.</p>"
    )
    return _panel(title, note, f'<div class="sl-fl-table">{head}{rows}</div>{foot}')


def render_suspects(queue: Queue | None, urls: ThumbnailUrls) -> Markup:
    """Return how many labels are suspect, and the first of them; each opens its queue."""
    title = "Suspect labels"
    if queue is None:
        return _panel(title, "", f'<p class="sl-empty">{esc(messages.SLICES_WAIT)}</p>')
    if not queue.items:
        return _panel(title, "", f'<p class="sl-empty">{esc(messages.NO_SUSPECT)}</p>')
    counts = Counter(item.suspect for item in queue.items)
    kinds = "".join(
        f'<p class="sl-fl-kind"><span class="sl-num">{counts.get(kind, 0):,}</span>{esc(text)}</p>'
        for kind, text in _SUSPECTS.items()
    )
    rows = "".join(_suspect_row(item, urls) for item in queue.items[:N_SUSPECTS])
    more = (
        '<button type="button" class="sl-button" data-queue="suspect">'
        f"Judge all {len(queue.items):,} in Annotate</button>"
    )
    note = f"labels, n = {queue.n_found:,}; suspicion in {_scale(queue.score_kind)}"
    rule = f'<p class="sl-fl-note">{with_code(queue.rule)}</p>'
    return _panel(title, note, f"{kinds}{rows}{more}{rule}")


def _scale(kind: ScoreKind) -> str:
    return kind.unit if kind == MARGIN else f"the scale of {kind.name}"


def _panel(title: str, note: str, body: str) -> Markup:
    unit = f'<span class="sl-unit">{esc(note)}</span>' if note else ""
    return Markup(
        f'<section class="sl-panel" aria-label="{esc(title)}"><h3>{esc(title)}{unit}</h3>'
        f"{body}</section>"
    )


def _bar(ledger: Ledger, lines: Sequence[LedgerLine]) -> Markup:
    """Return the bar; where fusion gained AP its segment is left out, since it would be below 0."""
    lost = [line for line in lines if line.lost > 0]
    total = ledger.kept + sum(line.lost for line in lost)
    parts = "".join(
        f'<button type="button" class="sl-fl-part sl-fl-{_part(line)[0]}" '
        f'data-slice="lost:{line.part}" style="width:{100 * line.lost / total:.2f}%" '
        f'aria-label="{line.part}: {ap_text(line.lost)} of AP lost, opens its queries" '
        f'title="{line.part} {ap_text(line.lost)}">{_inside(line.part, line.lost / total)}</button>'
        for line in lost
    )
    kept = (
        f'<span class="sl-fl-part sl-fl-kept" style="width:{100 * ledger.kept / total:.2f}%" '
        f'title="mAP after {ap_text(ledger.kept)}">'
        f"{_inside('mAP after', ledger.kept / total)}</span>"
    )
    return Markup(
        f'<div class="sl-fl-bar" role="group" aria-label="Ledger of AP">{kept}{parts}</div>'
    )


def _part(line: LedgerLine) -> tuple[str, str]:
    """Return the colour's name of a part of the ledger and what it is, in words."""
    if line.part in _PARTS:
        return _PARTS[line.part]
    return "reranker", f"what the order by {line.stage} loses, or lets the next stage win back"


def _inside(text: str, share: float) -> Markup:
    return Markup(esc(text) if share > 0.09 else "")


def _ledger_line(line: LedgerLine, n: int) -> Markup:
    slug, about = _part(line)
    counts = f"{line.n_losing:,} of {n:,} queries lose"
    if line.n_gaining:
        counts += f", {line.n_gaining:,} gain"
    return Markup(
        f'<button type="button" class="sl-fl-line" data-slice="lost:{line.part}"'
        f"{' disabled' if not line.n_losing else ''}>"
        f'<span class="sl-fl-key sl-fl-{slug}" aria-hidden="true"></span><b>{line.part}</b>'
        f'<span>{esc(about)}</span><span class="sl-num">{_change(line.lost)}</span>'
        f'<span class="sl-num">{counts}</span></button>'
    )


def _change(lost: float) -> str:
    return signed(-lost) if lost else ap_text(0.0)


def _slice_row(one: SliceFinding, level: float) -> Markup:
    found = one.p_value <= level
    mark = '<span class="sl-fl-found" title="a finding">▼</span> ' if found else ""
    name = f"{one.attribute} = {one.value}"
    most = MISSING if one.bound is None else f"at most {signed(one.bound)}"
    return Markup(
        f'<button type="button" class="sl-fl-slice" data-slice="tag:{esc(one.attribute)}='
        f'{esc(one.value)}" title="Open its queries"><span class="sl-fl-name">{mark}{esc(name)}'
        f'</span><span class="sl-num">{one.n:,}</span>'
        f'<span class="sl-num">{ap_text(one.map_after)}</span>'
        f'<span class="sl-num">{signed(one.effect)}<small>{most}</small></span>'
        f'<span class="sl-num">{esc(p_text(one.p_value).removeprefix("p = ").removeprefix("p "))}'
        "</span></button>"
    )


def _suspect_row(item: QueueItem, urls: ThumbnailUrls) -> Markup:
    pictures = "".join(
        f'<img src="{urls.url(image_id, 160)}" alt="" width="44" height="36" loading="lazy">'
        for image_id in (item.query_id, item.image_id)
    )
    return Markup(
        '<button type="button" class="sl-fl-suspect" data-queue="suspect" '
        f'data-query="{esc(item.query_id)}" data-candidate="{esc(item.image_id)}" '
        f'title="{esc(item.query_id)} and {esc(item.image_id)}">{pictures}'
        f'<span class="sl-names"><b><span class="sl-fl-{item.relation}" aria-hidden="true">'
        f"{RELATION_GLYPHS[item.relation]}</span> {esc(file_name(item.image_id))}</b>"
        f"<small>{esc(item.reason)}</small></span>"
        f'<span class="sl-num">{_suspicion(item)}</span></button>'
    )


def _suspicion(item: QueueItem) -> str:
    return MISSING if item.suspicion is None else f"{item.suspicion:.2f}"
