"""The sentence on which term of joined evidence falls first and most under damage."""

from core.types.evidence import term_word
from core.types.number_text import signed
from core.types.robustness import ResponseCurve, TermFalls
from ui.screens.perturb.strengths import strength_text


def falls_text(curve: ResponseCurve) -> str:
    """Return which term lost most by the breaking strength, and which would break the pair first.

    Empty where nothing is joined, or the curve is not finished.
    """
    found = curve.term_falls
    if found is None:
        return ""
    spec, is_broken = curve.spec, _is_broken(curve)
    at = strength_text(spec, found.until)
    start = f"By the breaking strength, {at}," if is_broken else f"By the last level, {at},"
    worst, *rest = sorted(found.falls, key=lambda one: one.change)
    if worst.change >= 0:
        return f"{start} no term has fallen."
    whole = sum(one.change for one in found.falls)
    told = [
        f"{start} {term_word(worst.stage)} has fallen most: {signed(worst.change, 2)} nats of "
        f"{signed(whole, 2)} in all"
    ]
    told += [f"{term_word(one.stage)} {signed(one.change, 2)}" for one in rest]
    return f"{', '.join(told)}. {_alone(curve, found)}".strip()


def _alone(curve: ResponseCurve, found: TermFalls) -> str:
    if all(one.alone is None for one in found.falls):
        return ""
    first = found.first
    if first is None or first.alone is None or first.alone.value is None:
        return "No term's fall alone would break the pair."
    at = strength_text(curve.spec, first.alone.value)
    word = term_word(first.stage)
    return f"Of the terms that alone would break the pair, {word} comes first, at {at}."


def _is_broken(curve: ResponseCurve) -> bool:
    return curve.breaking_margin is not None and curve.breaking_margin.value is not None
