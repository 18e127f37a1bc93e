"""Small multiples: one small drawing per perturbation, all with the same score axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log2

from markupsafe import Markup

from core.types.number_text import MISSING, signed
from core.types.robustness import PerturbationSpec, ResponseCurve
from core.types.scores import MARGIN, ScoreKind
from core.types.sweeps import SweepRequest
from ui.render.parts import button, join, note, span, table, tag
from ui.render.perturb_text import breaking_text, crossings, is_complete, strength_text
from ui.shared.text import esc, file_name, scored, scorer_word

_Map = Callable[[float], float]
WIDTH, HEIGHT = 200, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 194, 10, 166


@dataclass(frozen=True, slots=True)
class Panel:
    """One perturbation of the grid; `curve` is None until its first point, `opens` a selection."""

    request: SweepRequest
    spec: PerturbationSpec
    curve: ResponseCurve | None
    opens: str


def render_panels(panels: Sequence[Panel], kind: ScoreKind = MARGIN) -> Markup:
    """Return the grid, in order; a click on a panel opens its perturbation."""
    low, high = _scale(panels, kind)
    name = kind.name[:1].upper() + kind.name[1:]
    line = f"MLLM {kind.name}" if kind.has_probability else kind.name
    one_query = len({panel.request.query_id for panel in panels}) == 1
    cells = join(_panel(panel, low, high, kind, with_query=not one_query) for panel in panels)
    return Markup(
        '<section class="sl-pt-grid" aria-label="All perturbations"><header>'
        f'<b>{esc(name)} against strength</b><span title="{esc(kind.meaning)}">— {esc(line)}, '
        f"{esc(kind.unit)} "
        "&nbsp;┄ hard negatives, undamaged &nbsp;"
        '<span class="sl-down">│ breaks</span></span>'
        '<span class="sl-unit">one score axis for all; a click opens the perturbation</span>'
        f'</header><div class="sl-pt-panels">{cells}</div>{render_table(panels, kind)}</section>'
    )


def render_table(panels: Sequence[Panel], kind: ScoreKind = MARGIN) -> Markup:
    """Return both scorers' breaking strengths side by side, a row per finished sweep."""
    curves = ((panel, panel.curve) for panel in panels if panel.curve is not None)
    rows = [_row(panel, curve) for panel, curve in curves if is_complete(curve)]
    if not rows:
        return Markup()
    broken = f"{scorer_word(kind)} breaks at"
    heads = ("perturbation", "unit", broken, "descriptor breaks at", "rank", kind.name)
    return table(heads, rows, "sl-pt-table", "sl-pt-scroll") + note(
        f"Rank and {kind.name} ({kind.unit}): at neutral → at the last level. A score breaks "
        "where it first falls below the mean of its own hard negatives."
    )


def _row(panel: Panel, curve: ResponseCurve) -> tuple[str, ...]:
    by_strength = {point.strength: point for point in curve.points}
    ends = [by_strength.get(curve.spec.neutral), by_strength.get(curve.spec.levels[-1])]
    ranks = [MISSING if p is None or p.rank is None else str(p.rank) for p in ends]
    margins = [MISSING if p is None else scored(p.margin, curve.kind) for p in ends]
    return (
        panel.spec.name,
        panel.spec.unit,
        breaking_text(curve, of_margin=True),
        breaking_text(curve, of_margin=False),
        " → ".join(ranks),
        " → ".join(margins),
    )


def _panel(panel: Panel, low: float, high: float, score: ScoreKind, *, with_query: bool) -> Markup:
    curve = panel.curve
    title = breaking_text(curve) if curve is not None else "waiting"
    broken = curve is not None and bool(crossings(curve.breaking_margin))
    verdict = f"✕ {title}" if broken else title
    kind = "broken" if broken else "held" if curve is not None and is_complete(curve) else "wait"
    of_query = (" ", tag("small", file_name(panel.request.query_id))) if with_query else ()
    label = f"Open {panel.spec.name}: " + (f"breaks at {title}" if broken else title)
    name, told = tag("b", panel.spec.name), tag("span", verdict)
    heading, drawing = span("sl-pt-title", name, *of_query, told), _drawing(panel, low, high, score)
    look = f"sl-pt-panel sl-pt-{kind}"
    return button(heading, drawing, kind=look, data_pt_set=panel.opens, aria_label=label)


def _tick(score: float, kind: ScoreKind) -> str:
    return signed(score, 0) if kind.unit == "nats" else f"{score:.0f}".replace("-", "−")


def _drawing(panel: Panel, low: float, high: float, kind: ScoreKind) -> Markup:
    spec, curve = panel.spec, panel.curve
    marks = [
        _text(_LEFT - 4, _TOP + 8, _tick(high, kind), "end"),
        _text(_LEFT - 4, _BOTTOM, _tick(low, kind), "end"),
        _text(_LEFT, HEIGHT - 6, strength_text(spec, spec.levels[0]), "start"),
        _text(_RIGHT, HEIGHT - 6, strength_text(spec, spec.levels[-1]), "end"),
        f'<path class="sl-pt-axis" d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}"/>',
    ]
    if curve is not None:
        marks += _marks(curve, low, high)
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">'
        f"{''.join(marks)}</svg>"
    )


def _marks(curve: ResponseCurve, low: float, high: float) -> list[str]:
    spec = curve.spec

    def x(strength: float) -> float:
        start, end = _position(spec, spec.levels[0]), _position(spec, spec.levels[-1])
        share = (_position(spec, strength) - start) / (end - start) if end != start else 0.0
        return _LEFT + share * (_RIGHT - _LEFT)

    def y(score: float) -> float:
        return _BOTTOM - (score - low) / (high - low) * (_BOTTOM - _TOP)

    marks: list[str] = []
    if curve.hard_negative_margin is not None:
        at = y(curve.hard_negative_margin)
        marks.append(f'<path class="sl-pt-dashed" d="M{_LEFT} {at:.1f}H{_RIGHT}"/>')
    marks += [
        f'<path class="sl-pt-breaks" d="M{x(value):.1f} {_TOP}V{_BOTTOM}"/>'
        for value in crossings(curve.breaking_margin)
    ]
    known = [(p.strength, p.margin) for p in curve.points]
    marks.append(f'<path class="sl-pt-curve" d="{_path(known, x, y)}"/>')
    for strength, margin in known:
        if margin is not None:
            kind = "neutral" if strength == spec.neutral else "dot"
            place = f'cx="{x(strength):.1f}" cy="{y(margin):.1f}"'
            marks.append(f'<circle class="sl-pt-{kind}" {place} r="2.6"/>')
    return marks


def _path(known: Sequence[tuple[float, float | None]], x: _Map, y: _Map) -> str:
    """Return an SVG path that has a gap where a score is missing."""
    parts: list[str] = []
    pen = "M"
    for strength, margin in known:
        if margin is None:
            pen = "M"
            continue
        parts.append(f"{pen}{x(strength):.1f} {y(margin):.1f}")
        pen = "L"
    return "".join(parts)


def _scale(panels: Sequence[Panel], kind: ScoreKind) -> tuple[float, float]:
    """Return the score axis that all panels share: whole nats, or cosines from 0 to 1."""
    known: list[float] = []
    for panel in panels:
        if panel.curve is not None:
            scores = [point.margin for point in panel.curve.points]
            known += [s for s in (*scores, panel.curve.hard_negative_margin) if s is not None]
    if kind.unit != "nats":
        return float(floor(min([0.0, *known]))), float(ceil(max([1.0, *known])))
    if not known:
        return -1.0, 1.0
    low, high = min(known), max(known)
    return float(int(low - 1) if low < 0 else int(low)), float(int(high) + 1)


def _position(spec: PerturbationSpec, strength: float) -> float:
    return log2(strength) if spec.log_axis else strength


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup(f'<text x="{x}" y="{y}" text-anchor="{anchor}">{esc(text)}</text>')
