"""The pinned query: its picture and what re-ranking did to it."""

from markupsafe import Markup

from core.types.number_text import ap_text, signed
from core.types.rankings import QueryOutcome, QueryView
from ui import messages
from ui.render.parts import definitions, note, span, tag, void
from ui.shared.text import ThumbnailUrls, class_chip, file_name

PICTURE_PX = 320


def render_query(view: QueryView, urls: ThumbnailUrls) -> Markup:
    """Return the query's picture, name and facts."""
    query = view.query
    uploaded = query.image_id.startswith("upload:")
    name = "pasted image" if uploaded else file_name(query.image_id)
    size = f"{query.width} × {query.height} px" if query.width else "size not known"
    shape = {"alt": f"Query {name}", "width": query.width or 4, "height": query.height or 3}
    image = void("img", class_="sl-query-image", src=urls.url(query.image_id, PICTURE_PX), **shape)
    title = tag("h2", name, title=query.image_id)
    about = note(f"{query.instance_id or 'no instance'} · {size}")
    return tag("section", image, title, about, _facts(view), class_="sl-query", aria_label="Query")


def render_nothing(text: str, *, error: bool = False) -> Markup:
    """Return the panel's place holder: an invitation, or what went wrong."""
    kind, role = ("sl-error", "alert") if error else ("sl-empty", "status")
    return note(text, kind=kind, role=role)


def _facts(view: QueryView) -> Markup:
    rows: list[tuple[str, object]] = []
    if view.outcome is not None:
        rows += _outcome_rows(view.outcome)
    elif view.n_positives is None:
        rows.append(("AP", span("sl-muted", "no labels")))
    elif view.n_pending:
        rows.append(("AP after", span("sl-muted", messages.UNSCORED)))
    if view.n_positives is not None:
        rows.append(("positives", f"{view.n_positives}"))
    n_failed = view.n_unscored - view.n_pending
    rows.append(("scored pairs", f"{view.n_pairs - view.n_unscored} of {view.n_pairs}"))
    if n_failed:
        rows.append(("failed pairs", span("sl-down", n_failed)))
    chip = class_chip(view.outcome.failure_class) if view.outcome is not None else Markup()
    return chip + definitions(rows)


def _outcome_rows(outcome: QueryOutcome) -> list[tuple[str, object]]:
    sign = "up" if outcome.delta > 0 else "down" if outcome.delta < 0 else "same"
    first = f"{_rank(outcome.first_positive_before)} → {_rank(outcome.first_positive_after)}"
    return [
        ("AP before", ap_text(outcome.ap_before)),
        ("AP after", tag("b", ap_text(outcome.ap_after))),
        ("change", span(f"sl-{sign}", signed(outcome.delta))),
        ("AP oracle", ap_text(outcome.ap_oracle)),
        ("first positive", first),
        ("intruders", str(len(outcome.intruder_ids))),
    ]


def _rank(rank: int | None) -> str:
    return "none" if rank is None else f"#{rank}"
