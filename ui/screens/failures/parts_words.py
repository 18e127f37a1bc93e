"""The words of the panel that takes composed queries apart."""

from core.types.composed import LEAST_COMMON, N_COMPARED, PartsReport, QueryParts
from core.types.number_text import ap_text


def parts_button(report: PartsReport) -> str:
    """Return what the button does: all queries, or those that are still missing."""
    n = report.n_queries - len(report.queries)
    return f"Ask {n:,} {'query' if n == 1 else 'queries'} by image alone and by text alone"


def parts_text(report: PartsReport) -> str:
    """Return how many queries were taken apart, and when a half is ignored."""
    least = round(LEAST_COMMON * N_COMPARED)
    return (
        f"{len(report.queries):,} of {report.n_queries:,} composed queries scored all three ways. "
        f"A half is ignored where the order barely changes without it: the first image stays, and "
        f"at least {least} of the first {N_COMPARED}."
    )


def parts_rows(report: PartsReport) -> list[tuple[str, str]]:
    """Return the mAP of each way of asking."""
    return [(way, ap_text(mean)) for way, mean in report.means.items()]


def parts_shares(one: QueryParts) -> str:
    """Return how much of a query's first images stays without each half."""
    return (
        f"kept without the text {one.without_text:.0%}, without the image {one.without_image:.0%}"
    )
