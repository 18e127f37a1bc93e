"""The blocks of the manual that are numbers: tables from results that commands measured."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assets.docs.reference import table
from assets.docs.results import card, measured, presets, second_stages
from core.reranking.presets import PRESETS
from core.storage.fits import FIT, SHIPPED
from core.types.evidence import Estimate

_SCORERS = ("mllm", "maxsim", "geometric", "thin_20", "depth_20")
_COMPRESSIONS = (
    "mllm",
    "fp16",
    "int8",
    "int4",
    "pq_48",
    "grid_24",
    "random_24",
    "divprune_24",
    "pool",
    "jpeg_96",
    "divprune_12_pq_48",
)


def _evaluate(_given: str) -> str:
    one = measured()["mllm"]
    return f"```\n$ {one['command']}\n{one['printed']}\n```"


def _scorer_results(_given: str) -> str:
    rows: list[Sequence[str]] = []
    for name in _SCORERS:
        values = measured()[name]["values"]
        calls = sum(stage["n_calls"] for stage in values["stages"])
        rows.append(
            (
                f"`{values['pipeline']}`",
                f"{values['map_after']:.4f}",
                f"{values['r1_after']:.4f}",
                f"{calls:g}",
            )
        )
    head = ("pipeline", "mAP after", "R@1 after", "pairs that the MLLM scores per query")
    return table(head, rows)


def _second_stages(_given: str) -> str:
    found = second_stages()
    names = list(found)
    by_pipeline = [{row["pipeline"]: row for row in found[name]["rows"]} for name in names]
    rows: list[Sequence[str]] = []
    for pipeline in by_pipeline[0]:
        known = [of[pipeline] for of in by_pipeline]
        cells = [cell for row in known for cell in _gained(row)]
        rows.append((f"`{pipeline}`", *cells, f"{known[0]['n_calls']:g}", _seconds(known[0])))
    head = [
        text
        for name, of in zip(names, by_pipeline, strict=True)
        for first in [next(iter(of.values()))]
        for text in (
            f"{name}: mAP ({first['map_before']:.3f} before)",
            f"R@1 ({first['r1_before']:.3f})",
            "change against `mllm@50`",
        )
    ]
    return table(("pipeline", *head, "calls", "seconds"), rows)


def _gained(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return mAP with the interval of its change, R@1, and the change against the method."""
    against = row["against"]
    ends = "" if against["change"] == 0.0 else f" [{against['low']:+.3f}, {against['high']:+.3f}]"
    return (
        f"{row['map_after']:.3f} [{row['low']:+.3f}, {row['high']:+.3f}]",
        f"{row['r1_after']:.3f}",
        f"{against['change']:+.3f}{ends}" if ends else "",
    )


def _seconds(row: Mapping[str, Any]) -> str:
    seconds = row["seconds"]
    return "" if seconds is None else f"{seconds:.2g}"


def _presets(_given: str) -> str:
    rows: list[Sequence[str]] = []
    for preset in PRESETS.values():
        values = measured()[preset.name.replace("-", "_")]["values"]
        photographs = presets()[preset.name]
        rows.append(
            (
                f"`{preset.name}`",
                f"`{preset.pipeline}`",
                preset.what,
                f"{values['map_after']:.4f}",
                f"{values['r1_after']:.4f}",
                f"{photographs['map_after']:.4f}",
                f"{photographs['r1_after']:.4f}",
                f"{sum(stage['n_calls'] for stage in values['stages']):g}",
            )
        )
    head = ("demo: mAP", "R@1", "photographs: mAP", "R@1", "calls")
    return table(("preset", "pipeline", "what", *head), rows)


def _shipped_fit(_given: str) -> str:
    fit = FIT.load(SHIPPED / "pocket.json")
    on, reached = fit.fitted_on, fit.held_out
    weights = [(f"`{term.stage}`", _estimate(term.weight, "+.3f")) for term in fit.terms]
    figures = (
        ("mAP", f"{reached.map_before:.4f}", _estimate(reached.map_after, ".4f")),
        ("R@1", f"{reached.r1_before:.3f}", _estimate(reached.r1_after, ".3f")),
        (
            "calibration error",
            _error(reached.calibration_before),
            f"{reached.calibration_after:.3f}",
        ),
    )
    return "\n\n".join(
        (
            f"{on.n_pairs:,} pairs, {on.n_matches:,} of them matches, of {on.n_queries} queries "
            f"and {on.n_instances} instances; the first {on.depth} of each shortlist. Offset "
            f"{fit.offset:+.3f}.",
            table(("term", "weight, nats [95 %]"), weights),
            table(("held out", "before", "with evidence [95 %]"), figures),
        )
    )


def _estimate(one: Estimate, form: str) -> str:
    if one.low is None or one.high is None:
        return f"{one.value:{form}}"
    return f"{one.value:{form}} [{one.low:{form}}, {one.high:{form}}]"


def _error(plain: float | None) -> str:
    return "no P(yes)" if plain is None else f"{plain:.3f} (P(yes) as it is)"


def _compression_results(_given: str) -> str:
    rows: list[Sequence[str]] = []
    for name in _COMPRESSIONS:
        one = measured()[name]
        compression = one["command"].partition("--compression ")[2] or "none"
        values = one["values"]
        rows.append(
            (
                f"`{compression}`",
                f"{values['bytes_per_image']:,.0f}",
                f"{values['map_after']:.3f}",
            )
        )
    return table(("compression", "bytes per image", "mAP after"), rows)


def _sources(_given: str) -> str:
    rows = [
        (f"`{one['command']}`", one["measured_on"], f"`{one['weights'][:12]}`")
        for one in measured().values()
    ]
    return table(("command", "measured on", "weights"), rows)


def _card(given: str) -> str:
    """Return mean and interval of methods of the card's section `given`."""
    methods: Mapping[str, Any] = card()[given]["methods"]
    shown = ("descriptor", "margin", "maxsim", "rootsift", "oracle")
    rows = [
        (name, f"{one['map']:.3f} [{one['map_ci'][0]:.3f}, {one['map_ci'][1]:.3f}]")
        for name in shown
        for one in [methods[name]]
    ]
    return table(("order", "mAP@1000, 95 % interval"), rows)


RESULT_BLOCKS: Mapping[str, Callable[[str], str]] = {
    "evaluate": _evaluate,
    "presets": _presets,
    "shipped-fit": _shipped_fit,
    "scorer-results": _scorer_results,
    "compression-results": _compression_results,
    "sources": _sources,
    "card": _card,
    "second-stages": _second_stages,
}
"""What makes each of them from what the page gives it."""
