"""The panels beside the pair: how authors agree, and what verdicts do to labels and mAP."""

from collections.abc import Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from core.types.annotation import VERDICTS, Agreement, RelabellingEffect
from core.types.number_text import MISSING, ap_text, signed
from ui.render.parts import Cell, download, link, note, options, table, tag

MAX_CHANGES = 5
_MAX_PAIRS = 6


def render_agreement(agreements: Sequence[Agreement]) -> Markup:
    """Return share and kappa of every two authors, and the table of the first two."""
    agreements = [one for one in agreements if one.n]
    if not agreements:
        return Markup(
            "<h3>Agreement</h3>"
            '<p class="sl-sub">Needs verdicts of two authors on the same pairs. Each author has a '
            "word of their own on a pair, and does not see the others'.</p>"
        )
    rows = [
        (tag("bdi", a.first) + ", " + tag("bdi", a.second), _share(a), _kappa(a), a.n)
        for a in agreements[:_MAX_PAIRS]
    ]
    head = ("authors", "equal", Cell("kappa", title="kappa after Cohen"), "n")
    more = len(agreements) - _MAX_PAIRS
    rest = note(f"and {more} more pairs of authors") if more > 0 else ""
    return Markup(
        f"<h3>Agreement</h3>{table(head, rows, 'sl-an-table')}{rest}{_confusion(agreements[0])}"
    )


def render_labels(effect: RelabellingEffect, authors: Sequence[str]) -> Markup:
    """Return mAP with and without the verdicts, what they change, and the exports."""
    everyone = [("", "everyone, where all agree")]
    offered = everyone + [(name, f"{name} alone") for name in authors]
    return Markup(
        "<h3>Verdicts as labels</h3>"
        "<label class='sl-an-policy'><span class='sl-sub'>verdicts of</span>"
        f"<select data-an-policy>{options(offered, effect.relabelling.author or '')}</select>"
        f"</label>{_maps(effect)}{_counts(effect)}{_changes(effect)}{_exports(effect)}"
    )


def _maps(effect: RelabellingEffect) -> Markup:
    filed = (effect.map_before_filed, effect.map_after_filed)
    now = (effect.map_before_relabelled, effect.map_after_relabelled)
    n = effect.n_relabelled - effect.n_filed
    rows = (
        ("as filed", *map(ap_text, filed), effect.n_filed),
        ("with verdicts", *map(ap_text, now), effect.n_relabelled),
        ("change", *map(_delta, filed, now), signed(n, 0) if n else 0),
    )
    return table((f"mAP@{effect.k}", "before", "after", "queries"), rows, "sl-an-table")


def _delta(filed: float | None, now: float | None) -> str:
    return signed(None if filed is None or now is None else now - filed)


def _counts(effect: RelabellingEffect) -> Markup:
    found = effect.relabelling
    parts = [
        (found.n_confirmed, "confirmed"),
        (found.n_unsure, "unsure"),
        (found.n_disputed, "disputed"),
        (found.n_unclear, "called wrong without an opposite label"),
        (found.n_unknown, "not in this corpus"),
    ]
    said = [f"{len(found.changes)} changed", *(f"{n} {text}" for n, text in parts if n)]
    unscored = (
        f" {effect.n_unscored_queries} queries with new labels are not scored yet."
        if effect.n_unscored_queries
        else ""
    )
    return note(
        f"Labels of {found.n_judged} judged pairs: {', '.join(said)}.{unscored} match = "
        "positive, no match = negative, near duplicate = junk, label error = the opposite. The "
        "files of the corpus are never written."
    )


def _changes(effect: RelabellingEffect) -> Markup:
    changes = effect.relabelling.changes
    if not changes:
        return Markup()
    lines = [
        link(tag("bdi", c.image_id), data_an_query=c.query_id, data_an_image=c.image_id)
        + tag("span", f"{c.old} → {c.new}")
        for c in changes[:MAX_CHANGES]
    ]
    more = len(changes) - MAX_CHANGES
    rest = tag("li", f"and {more} more in the patch", class_="sl-sub") if more > 0 else ""
    return tag("ul", *(tag("li", line) for line in lines), rest, class_="sl-an-changes")


def _exports(effect: RelabellingEffect) -> Markup:
    author = effect.relabelling.author
    query = "?" + urlencode({"author": author}) if author else ""
    patch = "The changed pairs alone, in the format of relevance.csv"
    whole = "The relevance.csv of the corpus with the changes in it"
    folder = "annotations/export"
    return tag(
        "div",
        download("Patch", f"{folder}/patch{query}", title=patch),
        download("Whole relevance.csv", f"{folder}/relevance{query}", title=whole),
        class_="sl-an-files",
    )


def _confusion(found: Agreement) -> Markup:
    used = [
        i for i in range(len(VERDICTS)) if any(found.table[i]) or any(r[i] for r in found.table)
    ]
    rows = [
        (VERDICTS[i], *(Cell(found.table[i][j], "sl-an-same" if i == j else None) for j in used))
        for i in used
    ]
    return Markup(
        f"<details><summary class='sl-sub'>Verdicts of {tag('bdi', found.first)} (rows) and "
        f"{tag('bdi', found.second)}</summary>"
        f"{table(('', *(VERDICTS[j] for j in used)), rows, 'sl-an-table')}</details>"
    )


def _share(found: Agreement) -> str:
    return MISSING if found.share is None else f"{100 * found.share:.0f} %"


def _kappa(found: Agreement) -> Markup:
    if found.kappa is not None:
        return Markup(signed(found.kappa, 2) if found.kappa < 0 else f"{found.kappa:.2f}")
    return Markup("<span title='Both used one verdict throughout'>–</span>")
