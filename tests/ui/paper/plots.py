"""Every plot of the screen, as usual and as hard as it gets, for the tests of paper."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go

from core.types.corpus import Box
from core.types.maps import DescriptorMap, MapLinks
from core.types.rankings import FAILURE_CLASSES, Candidate, QueryOutcome
from core.types.reliability import Reliability, ReliabilityBin
from core.types.robustness import (
    Breaking,
    Damage,
    ObjectBox,
    PerturbationSpec,
    ResponseCurve,
    ResponsePoint,
)
from core.types.runs import Interval, StageMean
from core.types.scores import GEOMETRIC, imported_kind
from core.types.sets import Estimate, LevelMean, ScorerResponse
from tests.tradeoffs import choice, row, table
from ui.screens.failures.figure import descriptor_map
from ui.screens.overview.figure import quality_by_memory, quality_by_time
from ui.screens.overview.reliability import reliability_plot
from ui.screens.overview.staircase import staircase
from ui.screens.perturb.figure import rank_plot, response_plot
from ui.screens.perturb.set_figure import set_plot
from ui.screens.perturb.terms_figure import terms_plot
from ui.screens.queries.figure import rank_flow
from ui.screens.runs.figure import run_scatter
from ui.shared.figures.ap_scatter import ap_scatter

LONG = "ein sehr langer Name für einen Scorer, 中文 und Ünïcödé & <b>x</b>"
UNBROKEN = "import_of_the_scores_of_another_re-ranker_from_2024_version_17"
BLUR = PerturbationSpec("blur", "sigma, % of long side", 0.0, (0.0, 0.5, 1, 1.5, 2, 3, 4, 6, 8))
ROTATION = PerturbationSpec("rotation", "degrees", 0.0, (0.0, 30, 60, 90, 120, 150, 180))
SCALE = PerturbationSpec(
    "scale", "fraction of side", 1.0, (1.0, 0.5, 0.25, 0.125, 1 / 16), log_axis=True
)
BRIGHT = PerturbationSpec("brightness", "share of full range", 0.0, (-0.8, -0.4, 0.0, 0.4, 0.8))


def outcome(place: int, failure_class: str, before: float, after: float) -> QueryOutcome:
    name = f"queries/object_{place:03}.jpg"
    ranks = (1, 1)
    return QueryOutcome(
        name, f"i{place}", 3, before, after, after, 1.0, *ranks, failure_class, (), (), 0
    )


def outcomes(n: int) -> list[QueryOutcome]:
    random = np.random.default_rng(7)
    classes = [FAILURE_CLASSES[i % len(FAILURE_CLASSES)] for i in range(n)]
    return [outcome(i, c, *random.random(2).tolist()) for i, c in enumerate(classes)]


def candidate(place: int, after: int, relation: str, *, intruder: bool = False) -> Candidate:
    name = f"database/{place}.jpg"
    return Candidate(
        name, relation, None, 0.5, place, after, 1.0, 0.7, 1, intruder=intruder, problem=None
    )


def flow(
    n: int, relations: tuple[str, ...] = ("negative",) * 9 + ("positive", "junk")
) -> go.Figure:
    after = np.random.default_rng(3).permutation(n) + 1
    cards = tuple(
        candidate(i + 1, int(after[i]), relations[i % len(relations)], intruder=i % 13 == 0)
        for i in range(n)
    )
    view = SimpleNamespace(
        moved=cards,
        stages=(),
        lam=0.0,
        depth=n,
        kind=GEOMETRIC,
        query=SimpleNamespace(image_id="q.jpg"),
    )
    return rank_flow(view)  # pyright: ignore[reportArgumentType]


def point(strength: float, margin: float | None, rank: int | None = 1) -> ResponsePoint:
    return ResponsePoint(strength, margin, 0.5, 0.9 - 0.01 * abs(strength), rank, 0.6)


def curve(spec: PerturbationSpec = BLUR, **changes: object) -> ResponseCurve:
    points = tuple(point(s, 3.0 - 0.9 * i, 1 + 3 * i) for i, s in enumerate(spec.levels))
    whole = ResponseCurve(
        query_id="q.jpg",
        candidate_id="q.jpg",
        spec=spec,
        damage=Damage(),
        box=ObjectBox(Box(1, 2, 30, 40), "manifest"),
        points=points,
        hard_negative_margin=1.14,
        hard_negative_cosine=0.86,
        n_ranked=20,
        breaking_margin=Breaking(spec.levels[2], "crossed"),
        breaking_cosine=Breaking(None, "never"),
    )
    return replace(whole, **changes)


def rivals() -> tuple[ResponseCurve, ...]:
    other = curve(points=tuple(point(s, 40.0 - 4 * s) for s in BLUR.levels))
    return (
        replace(other, kind=GEOMETRIC),
        replace(other, kind=imported_kind(LONG)),
        replace(other, kind=imported_kind(UNBROKEN)),
        replace(curve(), kind=replace(GEOMETRIC, name="other MLLM", unit="nats")),
    )


def response_of_set(scorer: str, unit: str, spec: PerturbationSpec = BLUR) -> ScorerResponse:
    def estimate(mean: float) -> Estimate:
        return Estimate(20, mean, Interval(mean - 0.3, mean + 0.3))

    levels = tuple(
        LevelMean(s, estimate(3 - 0.6 * i), estimate(max(0.0, 1 - 0.1 * i)), estimate(0.7))
        for i, s in enumerate(spec.levels)
    )
    return ScorerResponse(scorer, unit, levels, estimate(1.0), ())


def the_map(groups: int, *, by_class: bool = False) -> go.Figure:
    n = 40 * max(groups, 1)
    xy = np.random.default_rng(5).normal(size=(n, 2)).astype(np.float32)
    ids = tuple(f"images/{i:04}.jpg" for i in range(n))
    is_query = tuple(i % 10 == 0 for i in range(n))
    names = FAILURE_CLASSES if by_class else [f"{LONG} {i}" for i in range(groups)]
    labels = [names[i % len(names)] if names else "none" for i in range(n)]
    drawn = DescriptorMap(
        xy=xy, image_ids=ids, is_query=is_query, projection="pca", shares=(0.31, 0.17),
        dimension=64, n_images=n, n_images_all=n, n_queries=n // 10, n_queries_all=n // 10,
        n_missing=0,
    )  # fmt: skip
    links = MapLinks((ids[0],), ((0, 3), (0, 7)), 2)
    return descriptor_map(drawn, labels, links, by_class=by_class)


def many_tradeoffs() -> go.Figure:
    compressions = ("none", "int8", "pq:48")
    rows = tuple(
        row(c, depth, scorer, map_after=0.4 + 0.0003 * depth + 0.0001 * i)
        for i, c in enumerate(compressions)
        for scorer in ("mllm", "maxsim")
        for depth in (10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
    )
    return quality_by_time(choice(None, table(rows)))


def crowded() -> go.Figure:
    """Labels of marks that cannot all have a place."""
    figure = go.Figure(layout={"height": 100})
    x = np.tile(np.linspace(0, 1, 20), 5)
    figure.add_scatter(x=x, y=np.repeat(np.arange(5), 20), mode="markers+text",
                       text=[f"label number {i}" for i in range(100)], name="all")  # fmt: skip
    return figure


def bars() -> go.Figure:
    """Bars over names, grouped, an axis on the right, and a labelled arrow."""
    figure = go.Figure(
        layout={
            "yaxis2": {"overlaying": "y", "side": "right", "title": {"text": "seconds per query"}},
            "yaxis": {"title": {"text": "mAP, n = 120 queries"}},
            "annotations": [
                {"text": f"best: {UNBROKEN}", "x": 0.5, "y": 0.5, "showarrow": True, "ax": 20}
            ],
        }
    )
    names = ["before", "maxsim@100", "mllm/divprune:16@20", "listwise:8@8"]
    figure.add_bar(x=names, y=[0.5, 0.55, 0.61, 0.6], name="mAP", marker={"color": "#6366f1"})
    figure.add_bar(x=names, y=[0.4, 0.5, 0.6, 0.5], name="R@1", marker={"color": "#64748b"})
    figure.add_scatter(x=names, y=[0.0, 0.1, 2.0, 9.0], name="seconds", yaxis="y2",
                       line={"color": "#d97706"})  # fmt: skip
    return figure


def joined(spec: PerturbationSpec) -> ResponseCurve:
    """A curve whose points hold the shares of four terms, one of them an import."""
    found = curve(spec)
    terms = ("mllm", "geometric", "kreciprocal", f"import:{UNBROKEN}", "offset")
    points = (
        replace(p, shares={term: n - 0.1 * n * place for n, term in enumerate(terms)})
        for place, p in enumerate(found.points)
    )
    return replace(found, points=tuple(points))


USUAL = (
    "scatter", "flow", "response", "response over octaves", "rank", "set", "memory", "time", "map",
    "map of classes", "runs", "bars",
)  # fmt: skip
"""One or two of every function that draws."""
PLOTS: dict[str, Callable[[], go.Figure]] = {
    "scatter of no query": lambda: ap_scatter([], 5),
    "scatter of one query": lambda: ap_scatter(outcomes(1), 5),
    "scatter": lambda: ap_scatter(outcomes(120), 120),
    "flow of nothing": lambda: flow(0),
    "flow of one": lambda: flow(1),
    "flow": lambda: flow(100, ("negative",) * 7 + ("positive", "junk", "unlabelled")),
    "flow of a thousand": lambda: flow(1000),
    "response axes": lambda: response_plot(BLUR, None, "k"),
    "response of one level": lambda: response_plot(
        BLUR, curve(points=(point(0.0, 3.0),), breaking_margin=None, breaking_cosine=None), "k"
    ),
    "response": lambda: response_plot(BLUR, curve(), "k"),
    "response in degrees": lambda: response_plot(ROTATION, curve(ROTATION), "k"),
    "response over octaves": lambda: response_plot(SCALE, curve(SCALE), "k"),
    "response on both sides": lambda: response_plot(
        BRIGHT, curve(BRIGHT, breaking_margin=Breaking(0.2, "crossed", (-0.1, 0.2))), "k"
    ),
    "response of rivals": lambda: response_plot(BLUR, curve(), "k", others=rivals()),
    "response with a long reason": lambda: response_plot(
        BLUR, curve(points=(replace(point(0.0, None), problem=f"the file {LONG} {UNBROKEN} {LONG}"),
                            *curve().points[1:]), breaking_margin=None), "k",
    ),
    "terms": lambda: terms_plot(BLUR, joined(BLUR), "k"),
    "terms over octaves": lambda: terms_plot(SCALE, joined(SCALE), "k"),
    "rank axes": lambda: rank_plot(BLUR, None, "k"),
    "rank": lambda: rank_plot(BLUR, curve(), "k"),
    "set": lambda: set_plot(
        BLUR, [response_of_set("mllm", "nats"), response_of_set("descriptor", "cosine")], "k"
    ),
    "set of many": lambda: set_plot(
        BLUR,
        [
            *(response_of_set(f"{LONG} {i}", "nats") for i in range(11)),
            response_of_set(UNBROKEN, "as imported"),
            response_of_set(LONG, "as imported"),
        ],
        "k",
    ),
    "stages": lambda: staircase(
        [
            StageMean("before", 0.5, 120),
            StageMean("maxsim@100", 0.55, 120),
            StageMean("mllm/divprune:16@20", 0.61, 120),
            StageMean("fusion", None, 120),
        ]
    ),
    "reliability": lambda: reliability_plot(
        [
            Reliability(name, bins, 0.1, 1_230, 120, 24)
            for name, bins in (
                ("P(yes)", (ReliabilityBin(30, 0.02, 0.0), ReliabilityBin(1_200, 0.97, 0.1))),
                (
                    f"calibrated probability (evidence:{LONG})",
                    (ReliabilityBin(1_200, 0.01, 0.02), ReliabilityBin(30, 0.97, 0.9)),
                ),
            )
        ]
    ),
    "reliability of nothing": lambda: reliability_plot([]),
    "memory": lambda: quality_by_memory(choice(10_000)),
    "memory of nothing": lambda: quality_by_memory(choice(1, table(table().rows[-1:]))),
    "time": lambda: quality_by_time(choice()),
    "time of many": many_tradeoffs,
    "time of nothing": lambda: quality_by_time(choice(1)),
    "map": lambda: the_map(14),
    "map of classes": lambda: the_map(6, by_class=True),
    "map without groups": lambda: the_map(0),
    "runs": lambda: run_scatter(
        SimpleNamespace(
            a=SimpleNamespace(outcomes=outcomes(60)), b=SimpleNamespace(outcomes=outcomes(61)[::-1])
        )  # pyright: ignore[reportArgumentType]
    ),
    "bars": bars,
    "crowded": crowded,
}  # fmt: skip
