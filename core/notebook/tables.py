"""Results as rows with units: frames of pandas, HTML with pictures; and what the columns hold."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from core.types.rankings import Candidate, QueryOutcome
from core.types.robustness import ResponsePoint

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, object]
_ROWS_SHOWN = 20
_PICTURED = ("query", "image")
_KINDS = {"int": "Int64", "float": "float64", "bool": "boolean", "str": "string"}
"""pandas' types of columns that may hold nothing."""


@dataclass(frozen=True, slots=True)
class Table:
    """A result as rows; `frame()` is a DataFrame, and a notebook shows it with pictures.

    `units` says of each column what it holds: its unit, or what its values mean. Nothing is None,
    never 0.
    """

    rows: Sequence[Row]
    units: Mapping[str, str]
    thumbnail: Callable[[str], bytes | None] = field(default=lambda _: None, repr=False)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def frame(self) -> "pd.DataFrame":
        """Return a pandas DataFrame; `frame.attrs["units"]` holds the units by column."""
        import pandas as pd

        found = pd.DataFrame([dict(row) for row in self.rows], columns=list(self.units))
        for name in self.units:
            held = {type(row[name]).__name__ for row in self.rows if row.get(name) is not None}
            kind = _KINDS.get(held.pop()) if len(held) == 1 else None
            if kind is not None:
                found[name] = found[name].astype(kind)
        found.attrs["units"] = dict(self.units)
        return found

    def _repr_html_(self) -> str:
        """Return the first rows as HTML, with the pictures of queries and images."""
        head = "".join(
            f'<th title="{escape(unit)}">{escape(name)}</th>' for name, unit in self.units.items()
        )
        shown = self.rows[:_ROWS_SHOWN]
        body = "".join(f"<tr>{''.join(self._cells(row))}</tr>" for row in shown)
        more = len(self.rows) - len(shown)
        rest = f"<p>and {more:,} more rows; .frame() has them all</p>" if more else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"

    def _cells(self, row: Row) -> Iterator[str]:
        for name in self.units:
            value = row.get(name)
            text = "" if value is None else escape(_shown(value))
            picture = self._picture(str(value)) if name in _PICTURED and value is not None else ""
            yield f"<td>{picture}{text}</td>"

    def _picture(self, image_id: str) -> str:
        data = self.thumbnail(image_id)
        if data is None:
            return ""
        return f'<img src="data:image/webp;base64,{base64.b64encode(data).decode()}" alt=""><br>'


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


_SHARE = "share from 0 to 1"
_RANK = "from 1"
OF_QUERIES = {
    "query": "image id",
    "instance": "what it shows",
    "class": "what re-ranking did",
    "AP before": _SHARE,
    "AP after": _SHARE,
    "AP oracle": _SHARE,
    "first positive before": _RANK,
    "first positive after": _RANK,
    "positives": "count",
    "intruders": "count",
    "unscored": "count",
}
OF_CANDIDATES = {
    "rank after": _RANK,
    "rank before": _RANK,
    "image": "image id",
    "relation": "positive, negative, junk or unlabelled",
    "cosine": "-1 to 1",
    "score": "unit of the last stage",
    "probability": _SHARE,
    "problem": "why it has no score",
}
OF_PAIRS = {
    "asked": "in which order the two are shown",
    "query": "image id",
    "image": "image id",
    "margin": "nats",
    "answer mass": _SHARE,
}
OF_LEVELS = {
    "strength": "unit of the perturbation",
    "score": "unit of the last stage",
    "cosine": "-1 to 1",
    "rank": _RANK,
    "problem": "why it was not scored",
}
OF_RUNS = {
    "run": "id",
    "created": "UTC",
    "mAP before": _SHARE,
    "mAP after": _SHARE,
    "problem": "why it cannot be read",
}
OF_DIFFERENCES = {"query": "image id", "AP": _SHARE, "AP of the other": _SHARE}


def outcome_row(one: QueryOutcome) -> Row:
    """Return the columns of `OF_QUERIES` of one query."""
    return {
        "query": one.query_id,
        "instance": one.instance_id,
        "class": one.failure_class,
        "AP before": one.ap_before,
        "AP after": one.ap_after,
        "AP oracle": one.ap_oracle,
        "first positive before": one.first_positive_before,
        "first positive after": one.first_positive_after,
        "positives": one.n_positives,
        "intruders": len(one.intruder_ids),
        "unscored": one.n_unscored,
    }


def candidate_row(one: Candidate) -> Row:
    """Return the columns of `OF_CANDIDATES` of one candidate."""
    return {
        "rank after": one.rank_after,
        "rank before": one.rank_before,
        "image": one.image_id,
        "relation": one.relation,
        "cosine": one.cosine,
        "score": one.margin,
        "probability": one.probability,
        "problem": one.problem,
        **{f"share of {term}": nats for term, nats in (one.shares or {}).items()},
    }


def shares_of(candidates: Sequence[Candidate]) -> dict[str, str]:
    """Return the columns of joined evidence's terms, where any candidate has them."""
    terms = dict.fromkeys(term for one in candidates for term in one.shares or {})
    return {f"share of {term}": "nats of the log-odds" for term in terms}


def level_row(point: ResponsePoint) -> Row:
    """Return the columns of `OF_LEVELS` of one level."""
    return {
        "strength": point.strength,
        "score": point.margin,
        "cosine": point.cosine,
        "rank": point.rank,
        "problem": point.problem,
    }
