"""The evidence facet: fits weights that join several stages' scores, and keeps them."""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from core.analysis.evidence_fit import (
    LabelledPairs,
    fit_weights,
    resampled_weights,
)
from core.annotation.relabel import Relabelled
from core.bench.annotation.labels import LabelsFacet
from core.bench.evidence.held_out import Collected, Listed, held_out_figures
from core.bench.session import Session
from core.bench.tradeoff.variant import runs_of
from core.errors import ExchangeError, SettingsError
from core.reranking.built import RunningStage
from core.reranking.chosen import with_pipeline
from core.reranking.evidence import feature, identity
from core.reranking.pipelines import MAX_STAGES, Pipeline, Step, parse_stage
from core.reranking.stages import EVIDENCE, PYTHON, spec_of
from core.storage.fits import FIT, FIT_NAME, read_fit, sealed
from core.types.corpus import Relevance
from core.types.evidence import (
    Estimate,
    EvidenceFit,
    EvidenceTerm,
    FittedOn,
    LabelSource,
)
from core.types.jobs import Step as JobStep
from core.types.runs import Progress

USUAL_TERMS = ("mllm", "geometric", "kreciprocal")
USUAL_DEPTH = 50
_FEW_INSTANCES = 10
_LEAST_DRAWS = 50


class EvidenceFacet:
    """Fits of evidence: made from labelled pairs of this corpus, listed, carried elsewhere."""

    def __init__(self, session: Session, labels: LabelsFacet) -> None:
        self._session = session
        self._labels = labels

    def fits(self) -> tuple[EvidenceFit, ...]:
        """Return every fit that a pipeline may name, the workspace's own first.

        Raises:
            StaleIndexError: A file cannot be read or was changed by hand.
        """
        kept = self._session.fits
        return tuple(kept.get(name) for name in kept.names())

    def fit_named(self, name: str) -> EvidenceFit:
        """Return a fit.

        Raises:
            SettingsError: There is none of this name.
            StaleIndexError: Its file cannot be read or was changed by hand.
        """
        return self._session.fits.get(name)

    def export(self, name: str) -> bytes:
        """Return a fit as its JSON file.

        Raises:
            SettingsError: There is none of this name.
            StaleIndexError: Its file cannot be read or was changed by hand.
        """
        return FIT.dump(self._session.fits.get(name))

    def bring(self, content: bytes) -> EvidenceFit:
        """Keep a fit that `export` wrote elsewhere, in place of an older one of its name.

        Whether it goes with this bench's model is seen when a pipeline names it.

        Raises:
            ExchangeError: The bytes are no fit, or were changed by hand.
            WorkspaceError: The disk is full or read-only.
        """
        try:
            fit = read_fit(content)
        except ValueError as error:
            raise ExchangeError(
                "The file holds no fit of evidence, or was changed after it was written; export it "
                "again with `evidence --export NAME`."
            ) from error
        self._session.fits.save(fit)
        return fit

    def remove(self, name: str) -> None:
        """Delete a fit of the workspace.

        Raises:
            SettingsError: It comes with the embedded model, or there is none of this name.
        """
        self._session.fits.remove(name)

    def fit(
        self,
        name: str,
        terms: Sequence[str] = USUAL_TERMS,
        depth: int = USUAL_DEPTH,
        labels: LabelSource = "corpus",
    ) -> Generator[Progress, None, EvidenceFit]:
        """Fit weights for some stages' scores and keep them; scores that are missing are computed.

        Resumable: what was scored is read.

        Args:
            name: What a pipeline calls it: `evidence:NAME`.
            terms: Stages, each giving a score per pair.
            depth: How many of every query's shortlist are labelled pairs.
            labels: The corpus's ground truth, or that changed by verdicts on which all agree.

        Raises:
            SettingsError: The name, a term, or the labelled pairs cannot be used.
            ManifestError: No query has a positive.
            ModelError: A model failed.
            WorkspaceError: The disk is full or read-only.
        """
        checked_name(name)
        stages, collected = yield from self.labelled(terms, depth, labels)
        yield Progress("fit", 0, 1, "fits")
        made = self._made(name, stages, collected, depth, labels)
        self._session.fits.save(made)
        yield Progress("fit", 1, 1, "fits")
        return made

    def labelled(
        self, terms: Sequence[str], depth: int, labels: LabelSource = "corpus"
    ) -> Generator[Progress, None, tuple[tuple[RunningStage, ...], Collected]]:
        """Return the stages of some terms and the labelled pairs with all their scores; see `fit`.

        Raises:
            SecondLookError: As `fit` does.
        """
        session = self._session
        variant = session.variant(with_pipeline(session.settings, _pipeline(terms, depth)))
        yield from runs_of(variant).build_index()
        yield Progress("load model", 0, 1, "model")
        stages = variant.trusted_models().cascade.stages
        yield from self._score(variant, stages, depth)
        return stages, self._collect(variant, stages, depth, labels)

    def fitting(self, name: str) -> Generator[JobStep[EvidenceFit]]:
        """Fit by the usual terms and depth, and yield the fit at last; see `fit`."""
        made = yield from self.fit(name)
        yield Progress("fit", 1, 1, "fits"), made

    def new_name(self, text: str) -> str:
        """Return what a new fit is to be called.

        Raises:
            SettingsError: Nothing can be called so, or a fit is.
        """
        name = checked_name(text.strip())
        if name in self._session.fits.names():
            raise SettingsError(f"There is a fit '{name}' already; choose another name.")
        return name

    def _score(
        self, variant: Session, stages: Sequence[RunningStage], depth: int
    ) -> Iterator[Progress]:
        queries = variant.require_measurable()
        for done, query in enumerate(queries):
            shortlist = variant.shortlist(query)
            assert shortlist is not None, "the index was built"
            for stage in stages:
                yield Progress("score terms", done, len(queries), "queries")
                for _ in stage.reranker.rerank(query, shortlist, depth):
                    yield Progress("score terms", done, len(queries), "queries")

    def _collect(
        self, variant: Session, stages: Sequence[RunningStage], depth: int, labels: LabelSource
    ) -> Collected:
        truth = self._truth(labels)
        features: list[list[float]] = []
        matches: list[bool] = []
        clusters: list[str] = []
        listed: list[Listed] = []
        n_left_out = 0
        for query in variant.require_measurable():
            relevance, shortlist = truth[query.image_id], variant.shortlist(query)
            assert shortlist is not None, "the index was built"
            head = [i for i in shortlist.image_ids[:depth] if relevance.relation(i) != "junk"]
            known = [stage.reranker.cached(query, head) for stage in stages]
            rows: dict[str, int] = {}
            for image_id in head:
                if not all(image_id in scores for scores in known):
                    n_left_out += 1
                    continue
                rows[image_id] = len(features)
                features.append(
                    [
                        feature(str(stage.step.call.name), scores[image_id].margin)
                        for stage, scores in zip(stages, known, strict=True)
                    ]
                )
                matches.append(relevance.relation(image_id) == "positive")
                clusters.append(query.instance_id or query.image_id)
            listed.append(Listed(query, relevance, shortlist, rows))
        pairs = LabelledPairs(
            tuple(stage.step.call.name for stage in stages),
            np.array(features, np.float64).reshape(-1, len(stages)),
            np.array(matches, np.bool_),
            np.array(clusters, np.str_),
        )
        return Collected(pairs, tuple(listed), n_left_out)

    def _truth(self, labels: LabelSource) -> Mapping[str, Relevance]:
        filed = self._session.corpus.relevance
        assert filed is not None, "there is a query with a positive"
        if labels == "corpus":
            return filed
        return Relabelled(filed, self._labels.relabelling(None).changes)

    def _made(
        self,
        name: str,
        stages: Sequence[RunningStage],
        collected: Collected,
        depth: int,
        labels: LabelSource,
    ) -> EvidenceFit:
        pairs = collected.pairs
        weights = fit_weights(pairs)
        drawn = resampled_weights(pairs)
        terms = tuple(
            EvidenceTerm(_spelled(stage), _estimate(weight, column), identity(stage.scorer))
            for stage, weight, column in zip(stages, weights.weights, drawn.T, strict=True)
        )
        n_instances = len(np.unique(pairs.clusters))
        fitted_on = FittedOn(
            corpus=self._session.corpus.name,
            labels="the corpus's labels" if labels == "corpus" else "labels with verdicts",
            depth=depth,
            n_queries=len(collected.queries),
            n_instances=n_instances,
            n_pairs=len(pairs.is_match),
            n_matches=int(pairs.is_match.sum()),
            n_left_out=collected.n_left_out,
        )
        has_probability = [stage.kind.has_probability for stage in stages]
        own = has_probability.index(True) if True in has_probability else None
        held_out = held_out_figures(collected, depth, self._session.settings.ranking.k, own)
        return sealed(
            EvidenceFit(
                name=name,
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                terms=terms,
                offset=weights.offset,
                fitted_on=fitted_on,
                held_out=held_out,
                warnings=tuple(_warnings(terms, n_instances)),
            )
        )


def checked_name(name: str) -> str:
    """Return a name that a fit can have.

    Raises:
        SettingsError: It cannot.
    """
    if re.fullmatch(FIT_NAME, name) is None:
        raise SettingsError(
            f"'{name[:40]}' cannot name a fit; use up to 32 of a-z, 0-9, - and _, a letter or "
            "digit first."
        )
    return name


def _pipeline(terms: Sequence[str], depth: int) -> Pipeline:
    """Return the terms as stages of one depth.

    Raises:
        SettingsError: A term is not known, named twice, or is evidence itself.
    """
    calls = [parse_stage(term) for term in terms]
    for call in calls:
        spec = spec_of(call)
        no_term = spec.name in (EVIDENCE, PYTHON) or spec.reads_order
        if no_term or (spec.takes_compression and call.mark):
            raise SettingsError(
                f"'{call}' cannot be a term; name stages such as {', '.join(USUAL_TERMS)}, without "
                "a compression."
            )
    if not calls or len({call.name for call in calls}) < len(calls) or len(calls) > MAX_STAGES:
        raise SettingsError(
            f"--terms takes 1 to {MAX_STAGES} stages, each once; write {','.join(USUAL_TERMS)}."
        )
    if depth < 1:
        raise SettingsError(f"--depth is {depth}; it must be at least 1.")
    return Pipeline(tuple(Step(call, depth) for call in calls))


def _spelled(stage: RunningStage) -> str:
    """Return a term without the compression, which is the bench's."""
    call = stage.step.call
    return call.name if spec_of(call).takes_compression else str(call)


def _estimate(value: float, drawn: NDArray[np.float64]) -> Estimate:
    if len(drawn) < _LEAST_DRAWS:
        return Estimate(float(value))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(float(value), float(low), float(high))


def _warnings(terms: Sequence[EvidenceTerm], n_instances: int) -> Iterator[str]:
    if n_instances < _FEW_INSTANCES:
        yield (
            f"Fitted on {n_instances} instances, fewer than {_FEW_INSTANCES}: the weights may not "
            "hold for others."
        )
    for term in terms:
        if term.weight.value < 0:
            yield (
                f"Term '{term.stage}' counts against a match (weight {term.weight.value:.3g}), "
                "though more of it should speak for one; look at its scores."
            )
