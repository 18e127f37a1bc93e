"""The strip of all levels, the key figures of a curve, and the level looked at, in words."""

from collections.abc import Callable

from markupsafe import Markup

from core.types.number_text import MISSING
from core.types.robustness import PerturbationSpec, ResponseCurve, ResponsePoint
from core.types.scores import MARGIN, ScoreKind
from ui.render.parts import Cell, button, caption, definitions, join, kpi, num, picture, tag, void
from ui.render.perturb_text import breaking_text, crossings, ranked_text, strength_text
from ui.selection import number_text
from ui.shared.text import esc, file_name, no_probability, scored, scored_in, scorer_word

LevelUrl = Callable[[float, int], str]
STRIP_PX, PICTURE_PX = 160, 640


def render_levels(
    spec: PerturbationSpec,
    curve: ResponseCurve | None,
    current: float,
    url: LevelUrl,
    kind: ScoreKind = MARGIN,
) -> Markup:
    """Return every level's picture with its strength and score; the current one is marked."""
    points = {point.strength: point for point in curve.points} if curve is not None else {}
    line = curve.hard_negative_margin if curve is not None else None
    cards = join(
        _card(spec, level, points.get(level), line, is_current=level == current, url=url, kind=kind)
        for level in spec.levels
    )
    return Markup(
        '<section class="sl-strip sl-pt-strip"><header><b>Levels</b> '
        f'{esc(spec.name)}, {esc(spec.unit)}<span class="sl-unit" title="{esc(kind.meaning)}">'
        f"{esc(kind.name)}, {esc(kind.unit)}; ✕ below the hard "
        'negatives; ← → move</span></header><div class="sl-pt-levels" role="radiogroup" '
        f'aria-label="Levels of {esc(spec.name)}">{cards}</div></section>'
    )


def _card(
    spec: PerturbationSpec,
    level: float,
    point: ResponsePoint | None,
    line: float | None,
    *,
    is_current: bool,
    url: LevelUrl,
    kind: ScoreKind,
) -> Markup:
    score, fate = _score(point, line, kind)
    strength = strength_text(spec, level)
    neutral = ", neutral" if level == spec.neutral else ""
    label = f"{strength} {spec.unit}{neutral}: {_words(point, fate, kind)}"
    mark = "✕ " if fate == "below" else ""
    return button(
        *(picture(url(level, STRIP_PX), 96, 72), tag("b", strength), num(mark, score)),
        kind=f"sl-pt-level sl-pt-{fate}",
        role="radio",
        data_pt_strength=number_text(level),
        data_pt_picture=url(level, PICTURE_PX),
        aria_checked=is_current,
        tabindex=0 if is_current else -1,
        aria_label=label,
        title=label,
    )


def _score(point: ResponsePoint | None, line: float | None, kind: ScoreKind) -> tuple[str, str]:
    if point is None:
        return "…", "waiting"
    if point.margin is None:
        return "failed", "failed"
    fate = "below" if line is not None and point.margin < line else "above"
    return scored(point.margin, kind), fate


def _words(point: ResponsePoint | None, fate: str, kind: ScoreKind) -> str:
    if point is None:
        return "not measured yet"
    if point.margin is None:
        return f"not scored: {point.problem or 'no reason given'}"
    side = ", below the hard negatives" if fate == "below" else ""
    return f"{kind.name} {scored_in(point.margin, kind)}{side}, rank {point.rank}"


def render_summary(curve: ResponseCurve) -> Markup:
    """Return the key figures: both breaking strengths, the ranks, the pair and its box."""
    broken = [curve.breaking_margin, curve.breaking_cosine]
    kind, who = curve.kind, scorer_word(curve.kind)
    unbroken = f"MLLM {kind.name}" if kind.has_probability else who
    titles = [f"{who} breaks at" if crossings(broken[0]) else unbroken]
    titles.append("descriptor breaks at" if crossings(broken[1]) else "descriptor cosine")
    lines = (
        _mean(curve.hard_negative_margin, scored_in(curve.hard_negative_margin, kind)),
        _mean(curve.hard_negative_cosine, _fixed(curve.hard_negative_cosine, 3)),
    )
    cells = (
        _cell(titles[0], breaking_text(curve, of_margin=True), lines[0], "after"),
        _cell(titles[1], breaking_text(curve, of_margin=False), lines[1], "before"),
        _cell("rank, neutral → last level", _ranks(curve), f"over {curve.n_ranked:,} images"),
        _cell("pair", curve.damage.pair, _pair_note(curve)),
    )
    return tag("section", *cells, class_="sl-kpis sl-pt-kpis", aria_label="Key figures")


def render_rank_heading(curve: ResponseCurve | None) -> Markup:
    """Return the line above the rank plot: of what, and over how many images."""
    if curve is None:
        return caption("Rank")
    of = "the damaged copy" if curve.damage.pair == "self" else "the positive"
    return caption(f"Rank of {of}", ranked_text(curve))


def render_point(curve: ResponseCurve, strength: float, url: LevelUrl) -> Markup:
    """Return the level looked at: its picture large and what was measured, in words."""
    point = next((p for p in curve.points if p.strength == strength), None)
    title = f"{curve.spec.name} {strength_text(curve.spec, strength)}"
    image = void("img", class_="sl-pt-large", src=url(strength, PICTURE_PX), alt=title)
    head = tag("header", tag("h2", title), button("close", data_pt_set="detail="))
    words = (head, tag("p", _sentence(curve, point)), _point_facts(point, curve.kind))
    look = {"class_": "sl-pt-point", "aria_label": "The level looked at"}
    return tag("section", image, tag("div", *words), **look)


def _sentence(curve: ResponseCurve, point: ResponsePoint | None) -> str:
    if point is None:
        return "This level is not measured yet."
    if point.margin is None or point.rank is None:
        return f"This level was not scored: {point.problem or 'no reason given'}."
    above = "no other image stands" if point.rank == 1 else f"{point.rank - 1} stand"
    if point.rank == 2:
        above = "1 image stands"
    what = "damaged copy" if curve.damage.pair == "self" else "positive"
    kind = curve.kind
    text = (
        f"The {what} has rank {point.rank}: of {curve.n_ranked:,} images, {above} above its "
        f"{kind.name} of {scored_in(point.margin, kind)}."
    )
    if curve.hard_negative_margin is not None:
        gap = point.margin - curve.hard_negative_margin
        where = "above" if gap >= 0 else "below"
        size = scored_in(abs(gap), kind).lstrip("+")
        text += f" It lies {size} {where} the hard negatives' mean."
    if curve.damage.side == "candidate":
        text += " A damaged candidate is no query, so it has no shortlist of its own."
    return text


def _point_facts(point: ResponsePoint | None, kind: ScoreKind) -> Markup:
    if point is None:
        return Markup()
    why = "" if kind.has_probability else no_probability(kind)
    facts = [
        (kind.name, scored_in(point.margin, kind, 1), kind.meaning),
        ("P(yes)", _fixed(point.probability, 4), why),
        ("cosine", _fixed(point.cosine, 4), ""),
        ("rank", str(point.rank) if point.rank is not None else MISSING, ""),
    ]
    if point.perturbed_negative_margin is not None:
        again = scored_in(point.perturbed_negative_margin, kind, 1)
        facts.append(("hard negatives, again", again, ""))
    if point.pasted:
        names = ", ".join(file_name(pasted.image_id) for pasted in point.pasted)
        facts.append(("pasted", names, ""))
    return definitions((name, Cell(value, title=title)) for name, value, title in facts)


def _ranks(curve: ResponseCurve) -> str:
    by_strength = {point.strength: point.rank for point in curve.points}
    ends = (by_strength.get(curve.spec.neutral), by_strength.get(curve.spec.levels[-1]))
    return " → ".join(MISSING if rank is None else str(rank) for rank in ends)


def _mean(line: float | None, text: str) -> str:
    return "no dashed line" if line is None else f"hard negatives' mean {text}"


def _fixed(value: float | None, decimals: int) -> str:
    return MISSING if value is None else f"{value:.{decimals}f}"


def _pair_note(curve: ResponseCurve) -> str:
    other = "" if curve.damage.pair == "self" else f"{file_name(curve.candidate_id)}, "
    return f"{other}{curve.damage.side} damaged, box {curve.box.source}, seed {curve.damage.seed}"


def _cell(label: str, value: str, about: str, kind: str = "plain") -> Markup:
    return kpi(label, value, about, f"{kind} sl-kpi-words" if len(value) > 14 else kind)
