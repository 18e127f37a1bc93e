"""The whole truth about re-ranking in one sentence, made from the numbers."""

from collections.abc import Sequence

from core.types.number_text import interval_text, p_text, setting_text, signed
from core.types.runs import MetricChange, Summary
from core.types.states import State

SIGNIFICANT = 0.05
"""The level below which a corrected p is called significant."""
_NOT_SIGNIFICANT = {1: "the change is not significant", 2: "neither change is significant"}


def headline(summary: Summary, state: State | None = None, *, by_looking: bool = False) -> str:
    """Return what re-ranking did: queries helped and hurt, every metric's change, how sure it is.

    A query is helped where its class is `rescued`, and hurt where it is one of the two `harmed`.

    Args:
        summary: The numbers.
        state: How they stand where they may be of some queries only; None = of all.
        by_looking: Whether depth, lam or gamma was set while looking at these numbers.
    """
    if summary.map_change.change is None:
        text = _withheld(summary)
    else:
        clauses = [_helped(summary), _map_text(summary), _first_text(summary.r1_change)]
        text = "; ".join([*clauses, *_verdict(summary.changes)])
    return f"{_begun(summary, state, text)}.{_caution(summary) if by_looking else ''}"


def _withheld(summary: Summary) -> str:
    return (
        f"mAP is {summary.map_before:.3f} before re-ranking, and withheld after it: "
        f"{summary.n_unscored:,} of {summary.n_pairs:,} pairs have no score, more than 1 %"
    )


def _helped(summary: Summary) -> str:
    n_helped = summary.classes.get("rescued", 0)
    n_hurt = sum(n for name, n in summary.classes.items() if name.startswith("harmed"))
    queries = "query" if n_helped == 1 else "queries"
    return (
        f"Re-ranking helped {n_helped:,} {queries} and hurt {n_hurt:,} of {summary.n_evaluated:,}"
    )


def _map_text(summary: Summary) -> str:
    one = summary.map_change
    change = one.change or 0.0
    if f"{change:.3f}" in ("0.000", "-0.000"):
        return f"mAP stayed the same ({_sure(one)})"
    verb = "rose" if change > 0 else "fell"
    return f"mAP {verb} by {abs(change):.3f} ({_sure(one)})"


def _first_text(one: MetricChange) -> str:
    net = (one.n_better or 0) - (one.n_worse or 0)
    if not net:
        return f"the first place is right as often as before ({_sure(one)})"
    queries = "query" if abs(net) == 1 else "queries"
    more = "more" if net > 0 else "fewer"
    p = p_text(one.p_corrected) or _untested(one)
    return f"the first place is right for {abs(net):,} {queries} {more} ({signed(one.change)}, {p})"


def _sure(one: MetricChange) -> str:
    if one.interval is None:
        return _untested(one)
    low, high = interval_text(one.interval, with_sign=True).strip("[]").split(", ")
    return f"95 % interval {low} to {high}, {p_text(one.p_corrected)}"


def _untested(one: MetricChange) -> str:
    return "no interval: all queries show one instance" if one.n_instances < 2 else "not tested"


def _verdict(changes: Sequence[MetricChange]) -> list[str]:
    """Return that nothing is significant, where everything was tested and nothing is."""
    p_values = [one.p_corrected for one in changes if one.p_corrected is not None]
    if len(p_values) < len(changes) or min(p_values) < SIGNIFICANT:
        return []
    return [_NOT_SIGNIFICANT.get(len(p_values), "no change is significant")]


def _begun(summary: Summary, state: State | None, text: str) -> str:
    n_all = summary.n_queries - summary.n_skipped
    if state is None or summary.n_evaluated >= n_all:
        return text
    done = f"{summary.n_evaluated:,} of {n_all:,} queries"
    begin = {"waiting": f"So far, after {done}", "stopped": f"Stopped after {done}"}
    rest = text.replace("Re-ranking", "re-ranking", 1)
    return f"{begin.get(state.name, f'After {done}')}: {rest}"


def _caution(summary: Summary) -> str:
    setting = setting_text(summary.depth, summary.lam, summary.gamma)
    return f" The setting ({setting}) was chosen by looking: p is not corrected for the choice."
