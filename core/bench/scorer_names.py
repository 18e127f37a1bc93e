"""What a scorer is called on screen, from the fields that its fingerprint hashes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.errors import SettingsError
from core.reranking.pipelines import parse_stage
from core.reranking.stages import kind_of
from core.storage.imports import ImportRecord
from core.types.scorers import ScorerEntry
from core.types.scores import MARGIN, MAXSIM, ScoreKind, imported_kind

_SHORT = 16
_QUESTION = 48
_STORED = ScoreKind("score", "as stored", "a score whose scorer no run of this workspace names")


def scorer_id(fingerprint: str) -> str:
    """Return how an address names a scorer."""
    return fingerprint[:_SHORT]


def named_scorer(
    fingerprint: str, fields: Mapping[str, str], own: Mapping[str, str], *, is_own: bool
) -> ScorerEntry:
    """Return a scorer of stored tokens or pictures by what its receipt says.

    Args:
        fingerprint: Whose scores.
        fields: Of a receipt that holds this score fingerprint.
        own: The same of the bench's own scorer, whose prompt need not be repeated.
        is_own: Whether it is the one that the bench was opened with.
    """
    kind = _kind(fields.get("scorer", ""))
    model, is_maxsim = fields.get("model", "model not known"), kind == MAXSIM
    parts = ["MaxSim" if is_maxsim else model]
    if fields.get("compression", "none") != "none":
        parts.append(fields["compression"])
    prompt, layout = fields.get("prompt"), fields.get("layout")
    if prompt is not None and not is_maxsim:
        if prompt != own.get("prompt"):
            cut = prompt if len(prompt) <= _QUESTION else f"{prompt[: _QUESTION - 1]}…"
            parts.append(f"“{cut}”")
        if layout != own.get("layout") and layout is not None:
            parts.append(layout.replace("_", " "))
    told = [f"{name}: {fields[name]}" for name in _TOLD if name in fields]
    return ScorerEntry(
        scorer_id=scorer_id(fingerprint),
        name=", ".join(parts),
        detail="; ".join(told),
        kind=kind,
        is_own=is_own,
    )


def _kind(stage: str) -> ScoreKind:
    """Return what the scores of a receipt's stage are called; of no known stage, the margin."""
    try:
        return kind_of(parse_stage(stage))
    except SettingsError:  # another version's stage
        return MARGIN


_TOLD = ("model", "compression", "prompt", "layout", "dtype")


def imported_scorer(record: ImportRecord) -> ScorerEntry:
    """Return an import as a scorer."""
    return ScorerEntry(
        scorer_id=scorer_id(record.fingerprint),
        name=f"import {record.name}",
        detail=f"imported from {record.file}: {record.n_pairs:,} pairs",
        kind=imported_kind(record.name),
    )


def unnamed_scorer(fingerprint: str, *, has_logits: bool) -> ScorerEntry:
    """Return a scorer that neither a run, a trade-off, an import nor a card names."""
    return ScorerEntry(
        scorer_id=scorer_id(fingerprint),
        name=f"scores {fingerprint[:8]}",
        detail="scores that no run of this workspace names",
        kind=MARGIN if has_logits else _STORED,
    )


def told_apart(entries: Sequence[ScorerEntry]) -> tuple[ScorerEntry, ...]:
    """Return the entries with the start of the fingerprint behind names that occur twice."""
    names = [entry.name for entry in entries]
    return tuple(
        replace(entry, name=f"{entry.name} ({entry.scorer_id[:6]})")
        if names.count(entry.name) > 1
        else entry
        for entry in entries
    )
