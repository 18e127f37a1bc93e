"""How strengths of a perturbation are written."""

from core.types.robustness import PerturbationSpec

_SUFFIXES = {"degrees": "°", "sigma, % of long side": " %"}


def strength_text(spec: PerturbationSpec, strength: float) -> str:
    """Return a strength as short as it can be read: `0.707`, `30°`, `2 %`; signed where needed."""
    text = f"{round(strength, 4) + 0.0:.3g}".replace("-", "−")
    if is_two_sided(spec) and strength > 0:
        text = f"+{text}"
    return text + _SUFFIXES.get(spec.unit, "")


def is_two_sided(spec: PerturbationSpec) -> bool:
    """Return whether the damage grows on both sides of neutral, as brightness does."""
    return min(spec.levels) < spec.neutral < max(spec.levels)
