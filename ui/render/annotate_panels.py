"""The panels beside the pair: how authors agree, and what verdicts do to labels and mAP."""

from collections.abc import Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from core.types.annotation import VERDICTS, Agreement, RelabellingEffect
from ui.render.text import ap_text, esc, signed

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
    lines = "".join(
        f"<tr><th scope='row'><bdi>{esc(a.first)}</bdi>, <bdi>{esc(a.second)}</bdi></th>"
        f"<td>{_share(a)}</td><td>{_kappa(a)}</td><td>{a.n}</td></tr>"
        for a in agreements[:_MAX_PAIRS]
    )
    more = len(agreements) - _MAX_PAIRS
    rest = f'<p class="sl-sub">and {more} more pairs of authors</p>' if more > 0 else ""
    return Markup(
        "<h3>Agreement</h3><table class='sl-an-table'><thead><tr><th scope='col'>authors</th>"
        "<th scope='col'>equal</th><th scope='col' title='kappa after Cohen'>kappa</th>"
        f"<th scope='col'>n</th></tr></thead><tbody>{lines}</tbody></table>{rest}"
        f"{_confusion(agreements[0])}"
    )


def render_labels(effect: RelabellingEffect, authors: Sequence[str]) -> Markup:
    """Return mAP with and without the verdicts, what they change, and the exports."""
    found = effect.relabelling
    options = "".join(
        f'<option value="{esc(name)}"{" selected" if name == found.author else ""}>'
        f"{esc(name)} alone</option>"
        for name in authors
    )
    everyone = "everyone, where all agree"
    chosen = "" if found.author else " selected"
    return Markup(
        "<h3>Verdicts as labels</h3>"
        "<label class='sl-an-policy'><span class='sl-sub'>verdicts of</span>"
        f'<select data-an-policy><option value=""{chosen}>{everyone}</option>{options}</select>'
        f"</label>{_maps(effect)}{_counts(effect)}{_changes(effect)}{_exports(effect)}"
    )


def _maps(effect: RelabellingEffect) -> Markup:
    rows = (
        ("as filed", effect.map_before_filed, effect.map_after_filed, effect.n_filed),
        (
            "with verdicts",
            effect.map_before_relabelled,
            effect.map_after_relabelled,
            effect.n_relabelled,
        ),
    )
    lines = "".join(
        f"<tr><th scope='row'>{label}</th><td>{ap_text(before)}</td><td>{ap_text(after)}</td>"
        f"<td>{n}</td></tr>"
        for label, before, after, n in rows
    )
    n = effect.n_relabelled - effect.n_filed
    change = (
        f"<tr><th scope='row'>change</th><td>{_delta(rows[0][1], rows[1][1])}</td>"
        f"<td>{_delta(rows[0][2], rows[1][2])}</td><td>{signed(n, 0) if n else 0}</td></tr>"
    )
    return Markup(
        "<table class='sl-an-table'><thead><tr><th scope='col'>"
        f"mAP@{effect.k}</th><th scope='col'>before</th><th scope='col'>after</th>"
        f"<th scope='col'>queries</th></tr></thead><tbody>{lines}{change}</tbody></table>"
    )


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
    return Markup(
        f"<p class='sl-sub'>Labels of {found.n_judged} judged pairs: {', '.join(said)}."
        f"{unscored} match = "
        "positive, no match = negative, near duplicate = junk, label error = the opposite. The "
        "files of the corpus are never written.</p>"
    )


def _changes(effect: RelabellingEffect) -> Markup:
    changes = effect.relabelling.changes
    lines = "".join(
        f"<li><button type='button' class='sl-link' data-an-query='{esc(c.query_id)}' "
        f"data-an-image='{esc(c.image_id)}'><bdi>{esc(c.image_id)}</bdi></button>"
        f"<span>{esc(c.old)} → {esc(c.new)}</span></li>"
        for c in changes[:MAX_CHANGES]
    )
    more = len(changes) - MAX_CHANGES
    rest = f"<li class='sl-sub'>and {more} more in the patch</li>" if more > 0 else ""
    return Markup(f"<ul class='sl-an-changes'>{lines}{rest}</ul>" if lines else "")


def _exports(effect: RelabellingEffect) -> Markup:
    author = effect.relabelling.author
    query = esc("?" + urlencode({"author": author})) if author else ""
    return Markup(
        "<div class='sl-an-files'>"
        f"<a class='sl-button' href='annotations/export/patch{query}' download "
        "title='The changed pairs alone, in the format of relevance.csv'>Patch</a>"
        f"<a class='sl-button' href='annotations/export/relevance{query}' download "
        "title='The relevance.csv of the corpus with the changes in it'>"
        "Whole relevance.csv</a></div>"
    )


def _confusion(found: Agreement) -> Markup:
    used = [
        i for i in range(len(VERDICTS)) if any(found.table[i]) or any(r[i] for r in found.table)
    ]
    head = "".join(f"<th scope='col'>{esc(VERDICTS[j])}</th>" for j in used)
    lines = "".join(
        f"<tr><th scope='row'>{esc(VERDICTS[i])}</th>"
        + "".join(
            f"<td{' class=sl-an-same' if i == j else ''}>{found.table[i][j]}</td>" for j in used
        )
        + "</tr>"
        for i in used
    )
    return Markup(
        "<details><summary class='sl-sub'>Verdicts of "
        f"<bdi>{esc(found.first)}</bdi> (rows) and <bdi>{esc(found.second)}</bdi></summary>"
        f"<table class='sl-an-table'><thead><tr><th></th>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table></details>"
    )


def _share(found: Agreement) -> str:
    return "–" if found.share is None else f"{100 * found.share:.0f} %"


def _kappa(found: Agreement) -> Markup:
    if found.kappa is not None:
        return Markup(signed(found.kappa, 2) if found.kappa < 0 else f"{found.kappa:.2f}")
    return Markup("<span title='Both used one verdict throughout'>–</span>")
