"""The answer to a pair in full: logits, probability, answer mass, next tokens, both orders."""

import math

from markupsafe import Markup

from core.types.number_text import signed
from core.types.pairs import Anatomy, Answer, NextToken, PairPlace
from ui.render.parts import Cell, join, note, num, panel, span, table, tag
from ui.shared.text import seconds_text

_ROWS = (
    ("logit of yes", "nats"),
    ("logit of no", "nats"),
    ("margin", "nats"),
    ("P(yes)", ""),
    ("answer mass", ""),
)


def render_anatomy(anatomy: Anatomy, place: PairPlace) -> Markup:
    """Return the panel of the score: both orders, then the next tokens of both."""
    tokens = _tokens("as asked", anatomy.asked) + _tokens("swapped", anatomy.swapped)
    body = (_table(anatomy), _remarks(anatomy, place), tag("div", tokens, class_="sl-pair-tokens"))
    return pair_panel("Score anatomy", *body, unit=_cost(anatomy), kind="sl-pair-anatomy")


def pair_panel(title: str, *body: object, unit: str, kind: str) -> Markup:
    """Return a panel with a gap between its heading and the unit."""
    return panel(f"{title} ", *body, unit=unit, kind=kind, label=title)


def probability(margin: float) -> float:
    """Return the sigmoid of a margin in nats."""
    if margin >= 0:
        return 1.0 / (1.0 + math.exp(-margin))
    return math.exp(margin) / (1.0 + math.exp(margin))


def probability_text(value: float) -> str:
    """Return a probability with four decimals, or what it is nearer to than they can say."""
    if 0.0 < value < 0.00005:
        return f"{value:.1e}"
    return "> 0.9999" if 0.99995 <= value < 1.0 else f"{value:.4f}"


def _table(anatomy: Anatomy) -> Markup:
    columns = [_values(answer) for answer in (anatomy.asked, anatomy.swapped)]
    rows = [
        (label, asked, swapped, Cell(unit, "sl-muted"))
        for (label, unit), asked, swapped in zip(_ROWS, *columns, strict=True)
    ]
    return table(("", "query, candidate", "candidate, query", ""), rows, "sl-pair-table")


def _values(answer: Answer) -> tuple[object, ...]:
    return (
        signed(answer.logit_yes, 3),
        signed(answer.logit_no, 3),
        tag("b", signed(answer.margin, 3)),
        probability_text(probability(answer.margin)),
        probability_text(answer.answer_mass),
    )


def _remarks(anatomy: Anatomy, place: PairPlace) -> Markup:
    asked, swapped = anatomy.asked.margin, anatomy.swapped.margin
    gap = signed(swapped - asked, 2)
    order = (
        f"Swapping the two pictures changes the answer ({gap} nats): the order decides."
        if (asked > 0) != (swapped > 0)
        else f"Swapping the two pictures moves the margin by {gap} nats; the answer stays."
    )
    remarks = [order]
    if place.ties:
        remarks.append(
            f"{len(place.ties)} more of this query's candidates have this margin to the last bit."
        )
    if anatomy.asked.answer_mass < 0.5:
        remarks.append(
            "Less than half of the probability is on yes or no: the margin means little here."
        )
    return join(map(note, remarks))


def _tokens(title: str, answer: Answer) -> Markup:
    label = f"The {len(answer.tokens)} most probable next tokens, {title}"
    bars = tag("ol", *map(_token, answer.tokens), class_="sl-pair-bars", aria_label=label)
    return tag("div", tag("h4", f"Next token, {title}"), bars)


def _token(token: NextToken) -> Markup:
    title = f"token {token.token_id}" + (", scored" if token.is_scored else "")
    return tag(
        "li",
        tag("code", visible(token.text)),
        span("sl-pair-bar", tag("span", style=f"width:{100 * token.probability:.2f}%")),
        num(probability_text(token.probability), " ●" if token.is_scored else ""),
        class_=f"sl-pair-says-{token.side}" if token.side else "",
        title=title,
    )


def visible(text: str) -> str:
    """Return a token's text with its white space shown."""
    return text.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥") or "∅"


def _cost(anatomy: Anatomy) -> str:
    number, unit = seconds_text(anatomy.asked.seconds)
    tokens = f"{anatomy.n_query_tokens} + {anatomy.n_candidate_tokens} visual tokens"
    return f"{tokens}, {number} {unit} per order"
