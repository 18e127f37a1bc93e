"""The one place that says why a query, or a bench, has a number or has none."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.types.corpus import ImageRecord, Relevance
from core.types.jobs import JobView
from core.types.rankings import QueryOutcome
from core.types.states import NO_LABELS, State, StateName

UPLOADED = State("not labelled", "An uploaded image has no labels, so it has no AP.")
_UNLABELLED = State("not labelled", "This query has no labels, so it has no AP.")
_NO_POSITIVE = State(
    "no positive", "No image is labelled a positive of this query, so it has no AP."
)
_SCORED = State("scored", "")
_REASONS: Mapping[StateName, str] = {
    "no positive": "without a positive",
    "not labelled": "without labels",
    "unreadable": "not readable",
}


def obstacle(record: ImageRecord, relevance: Relevance | None) -> State | None:
    """Return why a query of the corpus will never have an AP, or None where it can have one."""
    if record.problem is not None:
        return State("unreadable", record.problem)
    if relevance is None:
        return _UNLABELLED
    return None if relevance.positives - relevance.junk else _NO_POSITIVE


def query_state(
    obstacle: State | None, outcome: QueryOutcome | None, work: StateName, error: str | None = None
) -> State:
    """Return how one query stands.

    Args:
        obstacle: From the function of this name.
        outcome: What it came to, None while it is not scored.
        work: How the work that scores it stands, from `work_name`.
        error: Why that work failed.
    """
    if obstacle is not None:
        return obstacle
    if outcome is None:
        texts = {
            "waiting": "Its pairs are still to be scored.",
            "stopped": error or "Scoring was stopped before this query.",
        }
        return State(work, texts.get(work, "Its pairs are not scored yet."))
    n = outcome.n_unscored
    if not n:
        return _SCORED
    pairs = "1 pair has" if n == 1 else f"{n:,} pairs have"
    return State("partly scored", f"{pairs} no score and keep the place of the shortlist.")


def work_name(planning: JobView | None, preparing: JobView | None) -> StateName:
    """Return what becomes of a query without a score: `waiting`, `stopped` or `not started`.

    Args:
        planning: The job that measures what the preparation will take.
        preparing: The preparation.
    """
    jobs = [job for job in (planning, preparing) if job is not None]
    if any(job.is_active for job in jobs):
        return "waiting"
    if any(job.state in ("stopped", "failed") for job in jobs):
        return "stopped"
    return "not started"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many queries a bench has, can measure and has scored, and how many pairs failed."""

    n_queries: int
    n_measurable: int
    n_scored: int
    n_unscored_pairs: int
    left_out: Mapping[StateName, int]

    @property
    def left_out_text(self) -> str:
        """What is left out and why, such as `2 without a positive, 1 not readable`; or nothing."""
        known = ((self.left_out.get(name, 0), words) for name, words in _REASONS.items())
        return ", ".join(f"{n:,} {words}" for n, words in known if n)


def tally(obstacles: Sequence[State | None], outcomes: Iterable[QueryOutcome]) -> Tally:
    """Return the counts of a bench.

    Args:
        obstacles: Of every query of the corpus.
        outcomes: Of every query scored so far.
    """
    known = list(outcomes)
    left_out: Counter[StateName] = Counter(one.name for one in obstacles if one is not None)
    return Tally(
        n_queries=len(obstacles),
        n_measurable=obstacles.count(None),
        n_scored=len(known),
        n_unscored_pairs=sum(one.n_unscored for one in known),
        left_out=left_out,
    )


def nothing_to_measure(corpus_name: str, counts: Tally, *, labelled: bool) -> State | None:
    """Return why a corpus has nothing to measure, or None where it has.

    Args:
        corpus_name: For the sentence.
        counts: Of its queries.
        labelled: Whether it has a ground truth at all.
    """
    if not labelled:
        return State("not labelled", NO_LABELS)
    if counts.n_measurable:
        return None
    n_unreadable = counts.left_out.get("unreadable", 0)
    if n_unreadable and n_unreadable == counts.n_queries:
        return State(
            "unreadable",
            f"No query of corpus '{corpus_name}' can be read, so there is nothing to measure; the "
            "list of queries says why of each.",
        )
    return State(
        "no positive",
        f"Corpus '{corpus_name}' has no query with a positive, so there is nothing to measure; "
        "name instances in manifest.csv or pairs in relevance.csv.",
    )


def bench_state(counts: Tally, work: StateName, error: str | None = None) -> State:
    """Return how a bench with something to measure stands.

    Args:
        counts: Of its queries.
        work: How the work that scores them stands, from `work_name`.
        error: Why that work failed.
    """
    left_out = f" Left out: {counts.left_out_text}." if counts.left_out_text else ""
    done = f"{counts.n_scored:,} of {counts.n_measurable:,} queries are scored"
    if counts.n_scored < counts.n_measurable:
        texts = {
            "waiting": f"{done}; the others follow.",
            "stopped": f"Stopped: {done}, and what is done is kept.",
        }
        text = f"{texts.get(work, f'Not started: {done}.')}{left_out}"
        return State(work, f"{text} {error}" if error and work == "stopped" else text)
    if counts.n_unscored_pairs:
        pairs = f"{counts.n_unscored_pairs:,} pairs have no score and keep their places"
        return State("partly scored", f"{done}; {pairs}.{left_out}")
    return State("scored", f"{done}.{left_out}")
