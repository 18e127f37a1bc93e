"""How measured numbers are written, on screen and in reports."""

from collections.abc import Sequence

from core.types.runs import Interval, MetricChange

MISSING = "–"
WITHHELD = "withheld: more than 1 % of the pairs have no score"


def with_minus(text: str) -> str:
    """Return a number's text with the minus sign instead of the hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def ap_text(value: float | None) -> str:
    """Return an AP, mAP or R@1 in [0, 1] with three decimals."""
    return MISSING if value is None else f"{value:.3f}"


def signed(value: float | None, decimals: int = 3) -> str:
    """Return a number with its sign; the sign of zero is +."""
    return MISSING if value is None else with_minus(f"{value + 0.0:+.{decimals}f}")


def interval_text(interval: Interval | None, *, with_sign: bool = False) -> str:
    """Return `[low, high]`, or an empty text where there is none."""
    if interval is None:
        return ""
    write = signed if with_sign else ap_text
    return f"[{write(interval.low)}, {write(interval.high)}]"


def p_text(p_value: float | None) -> str:
    """Return `p = 0.012`, `p < 0.001`, or an empty text."""
    if p_value is None:
        return ""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def sureness_text(change: MetricChange) -> str:
    """Return how sure a change is: interval and corrected p, or why there are none."""
    if change.change is None:
        return WITHHELD
    if change.interval is None:
        return "one instance: no interval" if change.n_instances < 2 else "not tested"
    return f"{interval_text(change.interval, with_sign=True)} · {p_text(change.p_corrected)}"


def tests_text(changes: Sequence[MetricChange]) -> str:
    """Return what the intervals and p-values beside some changes are, or nothing without any."""
    n_tested = sum(one.interval is not None for one in changes)
    if not n_tested:
        return ""
    return (
        "95 % intervals and p: paired bootstrap over instances, p corrected for "
        f"{n_tested} metrics (Holm)"
    )


def setting_text(depth: int, lam: float, gamma: float) -> str:
    """Return what re-sorted the stored scores: `depth 90, λ 0.1, γ 1`."""
    return f"depth {depth:,}, λ {lam:g}, γ {gamma:g}"
