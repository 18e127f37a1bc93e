"""The Failures screen's ledger, worst slices and suspect labels."""

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from core.types.annotation import Queue, QueueItem, SuspectKind
from core.types.failures import FailureReport, Ledger, LedgerLine, SliceFinding, SliceSearch
from core.types.number_text import MISSING, ap_text, p_text, signed
from core.types.scores import MARGIN, ScoreKind
from ui import messages
from ui.render.parts import (
    button,
    empty_panel,
    glyph,
    join,
    names,
    note,
    num,
    panel,
    picture,
    span,
    tag,
)
from ui.shared.text import RELATION_GLYPHS, ThumbnailUrls, file_name, with_code

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
    title, ledger = "Where the AP goes", report.ledger
    if ledger is None:
        return empty_panel(title, messages.WITHHELD if report.withheld else messages.NO_OUTCOMES)
    about = f"mean over queries, n = {ledger.n:,} of {report.n_queries:,}"
    kept = _line_words("kept", "mAP after", "what is there", ap_text(ledger.kept), "")
    lines = [tag("div", *kept, class_="sl-fl-line")]
    lines += [_ledger_line(line, ledger.n) for line in report.lines]
    bar = _bar(ledger, report.lines)
    return panel(title, bar, tag("div", *lines, class_="sl-fl-lines"), unit=about)


def render_slices(search: SliceSearch | None, *, running: bool) -> Markup:
    """Return the slices that are worse than the rest, findings marked; each opens its queries."""
    title = "Slices that do worse than the rest"
    if search is None or not search.tried:
        is_early = search is None and running
        return empty_panel(title, messages.SLICES_WAIT if is_early else messages.NO_SLICES)
    n = len(search.findings)
    about = f"{n} of {len(search.tried)} tried, corrected p ≤ {search.level:g}"
    worse = [one for one in search.tried if one.effect < 0][:N_SLICES]
    head = Markup(
        '<div class="sl-fl-slice sl-fl-head"><span>slice (query attribute)</span><span>n</span>'
        "<span>mAP after</span><span>effect</span><span>p</span></div>"
    )
    rows = tag("div", head, *(_slice_row(one, search.level) for one in worse), class_="sl-fl-table")
    foot = (
        "effect: mean AP after of the slice minus that of all other queries, "
        f"and below it the most that it can be (one-sided {100 * (1 - search.level):g} % bound). "
        "Bound and p are one test, the largest effect of any slice under shuffled instances, "
        "corrected for all tried: the bound is below 0 exactly where p ≤ "
        f"{search.level:g} (▼). Slices of {search.min_size} queries or more."
    )
    return panel(title, rows, note(foot, kind="sl-fl-note"), unit=about)


def render_suspects(queue: Queue | None, urls: ThumbnailUrls) -> Markup:
    """Return how many labels are suspect, and the first of them; each opens its queue."""
    title = "Suspect labels"
    if queue is None or not queue.items:
        return empty_panel(title, messages.SLICES_WAIT if queue is None else messages.NO_SUSPECT)
    counts = Counter(item.suspect for item in queue.items)
    kinds = join(
        note(num(f"{counts.get(kind, 0):,}"), text, kind="sl-fl-kind")
        for kind, text in _SUSPECTS.items()
    )
    rows = join(_suspect_row(item, urls) for item in queue.items[:N_SUSPECTS])
    more = button(f"Judge all {len(queue.items):,} in Annotate", data_queue="suspect")
    about = f"labels, n = {queue.n_found:,}; suspicion in {_scale(queue.score_kind)}"
    return panel(
        title, kinds, rows, more, note(with_code(queue.rule), kind="sl-fl-note"), unit=about
    )


def _scale(kind: ScoreKind) -> str:
    return kind.unit if kind == MARGIN else f"the scale of {kind.name}"


def _bar(ledger: Ledger, lines: Sequence[LedgerLine]) -> Markup:
    """Return the bar; where fusion gained AP its segment is left out, since it would be below 0."""
    lost = [line for line in lines if line.lost > 0]
    total = ledger.kept + sum(line.lost for line in lost)
    parts = join(
        button(
            _inside(line.part, line.lost / total),
            kind=f"sl-fl-part sl-fl-{_part(line)[0]}",
            data_slice=f"lost:{line.part}",
            style=f"width:{100 * line.lost / total:.2f}%",
            aria_label=f"{line.part}: {ap_text(line.lost)} of AP lost, opens its queries",
            title=f"{line.part} {ap_text(line.lost)}",
        )
        for line in lost
    )
    share = ledger.kept / total
    size = {"style": f"width:{100 * share:.2f}%", "title": f"mAP after {ap_text(ledger.kept)}"}
    kept = span("sl-fl-part sl-fl-kept", _inside("mAP after", share), **size)
    return tag("div", kept, parts, class_="sl-fl-bar", role="group", aria_label="Ledger of AP")


def _part(line: LedgerLine) -> tuple[str, str]:
    """Return the colour's name of a part of the ledger and what it is, in words."""
    if line.part in _PARTS:
        return _PARTS[line.part]
    return "reranker", f"what the order by {line.stage} loses, or lets the next stage win back"


def _inside(text: str, share: float) -> str:
    return text if share > 0.09 else ""


def _ledger_line(line: LedgerLine, n: int) -> Markup:
    slug, about = _part(line)
    counts = f"{line.n_losing:,} of {n:,} queries lose"
    if line.n_gaining:
        counts += f", {line.n_gaining:,} gain"
    return button(
        *_line_words(slug, line.part, about, _change(line.lost), counts),
        kind="sl-fl-line",
        data_slice=f"lost:{line.part}",
        disabled=not line.n_losing,
    )


def _line_words(slug: str, part: str, about: str, value: str, counts: str) -> tuple[Markup, ...]:
    key = glyph("", f"sl-fl-key sl-fl-{slug}")
    return key, tag("b", part), tag("span", about), num(value), num(counts)


def _change(lost: float) -> str:
    return signed(-lost) if lost else ap_text(0.0)


def _slice_row(one: SliceFinding, level: float) -> Markup:
    found = one.p_value <= level
    mark = span("sl-fl-found", "▼", title="a finding") + " " if found else ""
    most = MISSING if one.bound is None else f"at most {signed(one.bound)}"
    return button(
        span("sl-fl-name", mark, f"{one.attribute} = {one.value}"),
        num(f"{one.n:,}"),
        num(ap_text(one.map_after)),
        num(signed(one.effect), tag("small", most)),
        num(p_text(one.p_value).removeprefix("p = ").removeprefix("p ")),
        kind="sl-fl-slice",
        data_slice=f"tag:{one.attribute}={one.value}",
        title="Open its queries",
    )


def _suspect_row(item: QueueItem, urls: ThumbnailUrls) -> Markup:
    sign = glyph(RELATION_GLYPHS[item.relation], f"sl-fl-{item.relation}")
    return button(
        *(picture(urls.url(image_id, 160), 44, 36) for image_id in (item.query_id, item.image_id)),
        names(sign + f" {file_name(item.image_id)}", item.reason),
        num(_suspicion(item)),
        kind="sl-fl-suspect",
        data_queue="suspect",
        data_query=item.query_id,
        data_candidate=item.image_id,
        title=f"{item.query_id} and {item.image_id}",
    )


def _suspicion(item: QueueItem) -> str:
    return MISSING if item.suspicion is None else f"{item.suspicion:.2f}"
