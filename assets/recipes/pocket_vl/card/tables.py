"""Each section's numbers as Markdown; the only numbers are those that were measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assets.recipes.pocket_vl.card.markdown import bullets, fixed, interval, signed, table

Values = Mapping[str, Any]
METHOD_NAMES = {
    "descriptor": "descriptor: cosine of mean visual tokens (before)",
    "margin": "**margin of the model (after)**",
    "fusion": "margin and cosine fused, equal weights",
    "tuned fusion": "margin and cosine fused, tuned",
    "maxsim": "MaxSim of the same visual tokens",
    "rootsift": "RootSIFT + RANSAC inliers",
    "oracle": "perfect order of the shortlist's head (oracle)",
    "hsv hog": "HSV + HOG, whole database",
    "rival": "rival model's descriptor, whole database",
}
SLICE_NAMES = {"odd": "instances of odd hash", "even": "instances of even hash"}
SLICE_COLUMNS = ("descriptor", "margin", "maxsim", "rootsift", "hsv hog", "rival", "oracle")


def model_table(found: Values) -> str:
    """Write size and speed."""
    tokens = f"{found['least_tokens']} to {found['most_tokens']}"
    rows = [
        ("parameters", f"{found['parameters']:,}"),
        ("weights", f"{found['weight_bytes']:,} bytes ({found['stored_dtype']})"),
        ("vision", f"{found['vision_layers']} layers of width {found['vision_width']}"),
        ("language", f"{found['language_layers']} layers of width {found['language_width']}"),
        ("vocabulary", f"{found['vocabulary']:,} entries"),
        ("area of an encoded image", f"{found['least_pixels']} to {found['most_pixels']} px"),
        ("visual tokens per image", f"{tokens}, mean {fixed(found['mean_tokens'], 1)}"),
        ("encoding an image", f"{fixed(found['encode_ms'], 1)} ms"),
        *(
            (f"a stored pair{kept}, {found['batch']} at a time, {layout}", f"{fixed(taken, 2)} ms")
            for kept, times in (
                ("", found["pair_ms"]),
                (" of half the candidate's tokens", found["half_pair_ms"]),
            )
            for layout, taken in times.items()
        ),
        ("loading", f"{fixed(found['load_s'], 1)} s"),
    ]
    machine = ", ".join(f"{name} {value}" for name, value in found["machine"].items())
    how = (
        f"Timed in {found['dtype']}, threads: {found['threads']}, {machine}. Medians, files "
        "decoded and libraries imported before; the pairs of a query share its prefix, whose time "
        f"is in them. SHA-256 of the weights: `{found['weights_hash'][:16]}...`."
    )
    return f"{table(('', ''), rows)}\n\n{how}"


def training_table(found: Values) -> str:
    """Write what is recorded of the training, and say of the rest that it is not."""
    rows = [(name, _recorded(name, found[name])) for name in ("steps", "images", "pairs")]
    rows.append(("wall clock", _recorded("seconds", found["seconds"])))
    rows += [(name.replace("_", " "), _plain(value)) for name, value in found["others"].items()]
    for name, numbers in (found.get("held_out") or {}).items():
        shown = ", ".join(f"{key} {fixed(value)}" for key, value in numbers.items())
        rows.append((f"held out, {name}", shown))
    return table(("", ""), rows)


def comparison_table(found: Values) -> str:
    """Write every method's mAP, R@1 and gain on one corpus."""
    rows = [
        (
            METHOD_NAMES[name],
            fixed(one["map"]) + interval(one["map_ci"]),
            fixed(one["r1"]),
            "" if name == "descriptor" else _gain(one),
        )
        for name, one in found["methods"].items()
    ]
    return table(("", "mAP", "R@1", "gain over the descriptor"), rows)


def comparison_text(found: Values, tuned_on: str) -> str:
    """Say what a comparison was made on and how."""
    fusion, tuned = found["fusion"], found["tuned fusion"]
    return (
        f"{found['n_queries']} queries of {found['n_instances']} instances, {found['n_database']} "
        f"database images, {found['n_skipped']} queries without a positive left out. The first "
        f"{found['depth']} of each shortlist are re-ordered; mAP is mean AP@{found['k']}. Brackets "
        "hold 95 % intervals of a paired bootstrap over instances. Fusion: lam "
        f"{fusion['lam']:g}, gamma {fusion['gamma']:g} per nat; tuned {tuned_on}: lam "
        f"{tuned['lam']:g}, gamma {tuned['gamma']:g}."
    )


def slices_table(found: Values) -> str:
    """Write mAP per slice of the photos: halves of the instances and sources."""
    columns = [name for name in SLICE_COLUMNS if name in found["methods"]]
    rows: list[list[str]] = []
    for name, one in {"all": found, **found["slices"]}.items():
        methods, margin = one["methods"], one["methods"]["margin"]
        rows.append(
            [
                SLICE_NAMES.get(name, name),
                f"{one['n_queries']} ({one['n_instances']})",
                *[fixed(methods[column]["map"]) for column in columns],
                _gain(margin),
            ]
        )
    return table(("mAP of", "queries (instances)", *columns, "gain of the margin"), rows)


def kinds_table(found: Values) -> str:
    """Write AUC and mean margin of every kind of pair."""
    rows = [
        (
            name,
            f"{one['n']}",
            signed(one["mean_margin"], 2),
            fixed(one.get("auc_margin")),
            fixed(one.get("auc_cosine")),
        )
        for name, one in found["kinds"].items()
    ]
    return table(("pairs", "n", "mean margin, nats", "AUC of margin", "AUC of cosine"), rows)


def demo_kinds(found: Values) -> str:
    """Write the same for the demo, and say where its manifest names no siblings."""
    text = kinds_table(found)
    if found["has_siblings"]:
        return text
    return f"{text}\n\nSiblings: not available, the manifest has no columns `group` and `kinship`."


def answers_text(found: Values) -> str:
    """Write ties, swaps and the self-test."""
    ties, swap, test = found["ties"], found["swap"], found["self_test"]
    within = ", ".join(f"{kind} {fixed(value, 2)}" for kind, value in swap["within"].items())
    return bullets(
        [
            f"Ties: {ties['n_shared']} of {ties['n_pairs']} scored pairs "
            f"({fixed(100 * ties['share'], 2)} %) share their margin with another candidate of "
            f"their query; {ties['n_distinct']} margins are distinct.",
            f"Swap: over {swap['n']} pairs the margins of both orders of the images correlate with "
            f"{fixed(swap['correlation'], 2)} (within kinds: {within}); they differ by "
            f"{fixed(swap['mean_difference'], 2)} nats on average, and "
            f"{fixed(100 * swap['sign_flips'], 1)} % change sides of zero.",
            f"Self-test {test['verdict']}: {test['reason']}",
            f"Answer mass: {fixed(test['answer_mass'])} (mean over the pairs of the self-test).",
        ]
    )


def prompts_table(found: Values) -> str:
    """Write the gain of every preset in both layouts."""
    rows = [
        (f"{one['preset']}, {one['layout']}", fixed(one["map_after"]), _gain(one))
        for one in found["rows"]
    ]
    return table(("prompt", "mAP after", "gain"), rows)


def compression_table(found: Values) -> str:
    """Write what is lost by compressing the candidates' tokens."""
    tokens = found["n_tokens"]
    rows = [("none", fixed(tokens["none"], 1), fixed(found["map_uncompressed"]), "")]
    rows += [
        (
            name,
            fixed(tokens[name], 1),
            fixed(one["map"]),
            _gain(one),
        )
        for name, one in found["methods"].items()
    ]
    header = ("candidates' tokens", "tokens per image", "mAP after", "difference")
    return (
        f"{table(header, rows)}\n\nShortlists and queries are uncompressed; kept tokens keep their "
        f"positions. Before re-ranking: {fixed(found['map_before'])}."
    )


def strengths_table(found: Values) -> str:
    """Write mean breaking strengths and how many curves crossed."""
    rows: list[tuple[str, ...]] = []
    for name, one in found["rows"].items():
        end = f"±{abs(one['strongest']):g}" if one["two_sided"] else f"{one['strongest']:g}"
        span = f"{one['neutral']:g} to {end}"
        cells = [_strength(one[score]) for score in ("margin", "cosine")]
        rows.append((f"{name} ({one['unit']})", span, *(cell for pair in cells for cell in pair)))
    header = ("perturbation", "neutral to strongest", "margin breaks at", "crossed / never / below",
              "cosine breaks at", "crossed / never / below")  # fmt: skip
    return (
        f"{table(header, rows)}\n\n{found['n_queries']} queries, each against its own damaged "
        "copy; a curve crosses where it falls under the mean score of the query's hard negatives "
        f"(first {found['depth']}). Means are over the curves that crossed, geometric where "
        "strengths are plotted on a log axis; `below`: under the line before any damage."
    )


def classes_table(found: Values) -> str:
    """Write how many queries each class holds, and name those harmed most."""
    rows = [(name, str(count)) for name, count in found["classes"].items()]
    text = table(("class", f"of {found['n_queries']} queries"), rows)
    named = [
        f"`{one['query']}`: AP {fixed(one['ap_before'])} before, {fixed(one['ap_after'])} after"
        for one in found["harmed"]
    ]
    harmed = f"Harmed most:\n\n{bullets(named)}" if named else "No query was harmed."
    return f"{text}\n\n{harmed}"


def recall_table(found: Values) -> str:
    """Write recall among the first images of all positives and of each condition."""
    rows = [
        (name, str(one["n"]), fixed(one["before"]), fixed(one["after"]))
        for name, one in {"all positives": found["all"], **found["slices"]}.items()
    ]
    within = found["within"]
    return table((f"found among the first {within}", "n", "before", "after"), rows)


def _gain(one: Values) -> str:
    return signed(one["gain"]) + interval(one["gain_ci"], sign=True)


def _strength(one: Values) -> tuple[str, str]:
    mean, counts = one["mean"], one["counts"]
    shown = " / ".join(str(counts[reason]) for reason in ("crossed", "never", "below_at_neutral"))
    return ("-" if mean is None else f"{mean:.3g}", shown)


def _recorded(name: str, value: float | None) -> str:
    if value is None:
        return "not recorded"
    return f"{value / 60:.0f} minutes" if name == "seconds" else f"{value:,}"


def _plain(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(one) for one in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).replace("\n", " ").replace("|", "/")
