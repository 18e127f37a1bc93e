"""The answer to a pair in full: logits, probability, answer mass, next tokens, both orders."""

import math

from markupsafe import Markup

from core.types.pairs import Anatomy, Answer, NextToken, PairPlace
from ui.render.text import esc, seconds_text, signed

_ROWS = (
    ("logit of yes", "nats"),
    ("logit of no", "nats"),
    ("margin", "nats"),
    ("P(yes)", ""),
    ("answer mass", ""),
)


def render_anatomy(anatomy: Anatomy, place: PairPlace) -> Markup:
    """Return the panel of the score: both orders, then the next tokens of both."""
    return Markup(
        '<section class="sl-panel sl-pair-anatomy" aria-label="Score anatomy">'
        f"<h3>Score anatomy <span class='sl-unit'>{_cost(anatomy)}</span></h3>"
        f"{_table(anatomy)}{_remarks(anatomy, place)}"
        f'<div class="sl-pair-tokens">{_tokens("as asked", anatomy.asked)}'
        f"{_tokens('swapped', anatomy.swapped)}</div></section>"
    )


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
    rows = "".join(
        f'<tr><th scope="row">{label}</th><td>{asked}</td><td>{swapped}</td>'
        f'<td class="sl-muted">{unit}</td></tr>'
        for (label, unit), asked, swapped in zip(_ROWS, *columns, strict=True)
    )
    return Markup(
        '<table class="sl-pair-table"><thead><tr><td></td><th scope="col">query, candidate</th>'
        '<th scope="col">candidate, query</th><td></td></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _values(answer: Answer) -> tuple[str, ...]:
    return (
        signed(answer.logit_yes, 3),
        signed(answer.logit_no, 3),
        f"<b>{signed(answer.margin, 3)}</b>",
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
    return Markup("".join(f'<p class="sl-sub">{esc(remark)}</p>' for remark in remarks))


def _tokens(title: str, answer: Answer) -> Markup:
    lines = "".join(_token(token) for token in answer.tokens)
    return Markup(
        f'<div><h4>Next token, {title}</h4><ol class="sl-pair-bars" '
        f'aria-label="The {len(answer.tokens)} most probable next tokens, {title}">{lines}</ol>'
        "</div>"
    )


def _token(token: NextToken) -> Markup:
    kind = f"sl-pair-says-{token.side}" if token.side else ""
    mark = " ●" if token.is_scored else ""
    title = f"token {token.token_id}" + (", scored" if token.is_scored else "")
    width = f"{100 * token.probability:.2f}"
    return Markup(
        f'<li class="{kind}" title="{title}"><code>{esc(visible(token.text))}</code>'
        f'<span class="sl-pair-bar"><span style="width:{width}%"></span></span>'
        f'<span class="sl-num">{probability_text(token.probability)}{mark}</span></li>'
    )


def visible(text: str) -> str:
    """Return a token's text with its white space shown."""
    return text.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥") or "∅"


def _cost(anatomy: Anatomy) -> str:
    number, unit = seconds_text(anatomy.asked.seconds)
    tokens = f"{anatomy.n_query_tokens} + {anatomy.n_candidate_tokens} visual tokens"
    return f"{tokens}, {number} {unit} per order"
