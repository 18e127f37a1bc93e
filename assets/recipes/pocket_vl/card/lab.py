"""What every measurement needs: the model, the corpora, and what the product says about them."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.utils import logging as their_logging

from core.assembly.bench import open_workbench
from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.fingerprint import digest
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.model import Mllm
from core.mllm.prompts import parse_prompt
from core.settings import Settings, load_settings
from core.types.corpus import Corpus, ImageRecord, Relevance
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome
from core.types.runs import Progress
from core.types.scores import Shortlist, VisualTokens
from core.workbench import Workbench

logger = logging.getLogger(__name__)

Place = Literal["demo", "photos"]
DEPTHS: Mapping[Place, int] = {"demo": 50, "photos": 100}
PROMPT = "object"
GAMMA = Settings().ranking.gamma
K = Settings().ranking.k
THREADS = 1
"""For all but the timed passes: so small a model gains a tenth from a second thread, and on a busy
machine two threads that wait for each other take many times as long (measured)."""
_SAY_EVERY_S = 5.0
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was asked to measure.

    `threads` are those of the timed passes; `n_swept` is how many queries are perturbed.
    """

    model: Path
    demo: Path
    work: Path
    photos: Path | None = None
    rival: Path | None = None
    training_logs: tuple[Path, ...] = ()
    threads: int = 2
    n_swept: int = 20


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """The product's own shortlists, margins and outcomes of the queries that have a positive.

    `margins` are nats by query and image for the first `depth` of each shortlist.
    """

    corpus: Corpus
    depth: int
    queries: tuple[ImageRecord, ...]
    shortlists: Mapping[str, Shortlist]
    margins: Mapping[str, Mapping[str, float]]
    outcomes: tuple[QueryOutcome, ...]
    receipt: Mapping[str, str]

    @property
    def truth(self) -> dict[str, Relevance]:
        """Positives and junk by query id."""
        assert self.corpus.relevance is not None, "queries without ground truth are not ranked"
        return {query.image_id: self.corpus.relevance[query.image_id] for query in self.queries}


class Lab:
    """Loads and ranks on first need; nothing is measured twice in one run.

    Args:
        asked: Folders and threads.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._kept: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], _Made]) -> _Made:
        """Return what `make` returned under this name, calling it on first need."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def folder(self, place: Place) -> Path | None:
        """Return the corpus's folder, None where none was given."""
        return self.asked.demo if place == "demo" else self.asked.photos

    def corpus(self, place: Place) -> Corpus:
        """Return the opened corpus."""
        folder = self.folder(place)
        assert folder is not None, "sections of photos run only with a folder of them"
        return self.once(f"corpus {place}", lambda: open_corpus(folder))

    @cached_property
    def timed_load(self) -> tuple[Mllm, float]:
        """The model in float32 on the CPU, and the seconds that loading it took."""
        their_logging.disable_progress_bar()
        torch.set_num_threads(THREADS)
        started = time.perf_counter()
        loaded = load_mllm(str(self.asked.model), "cpu", "float32")
        return loaded, time.perf_counter() - started

    @cached_property
    def encoder(self) -> MllmEncoder:
        """The model's vision encoder."""
        return MllmEncoder(self.timed_load[0])

    @cached_property
    def scorer(self) -> MllmScorer:
        """The model with the product's default prompt."""
        return MllmScorer(self.timed_load[0], parse_prompt(PROMPT))

    def margins_of(self, query: VisualTokens, some: Sequence[VisualTokens]) -> list[float]:
        """Return the margin in nats of each candidate against the query."""
        return [pair.margin for batch in self.scorer.score(query, some, 0) for pair in batch]

    def images(self, place: Place) -> dict[str, NDArray[np.uint8]]:
        """Return the pixels of all images by id; they are not kept."""
        corpus = self.corpus(place)
        opener = ImageOpener(corpus.root)
        return {record.image_id: opener.load(record) for record in records_of(corpus)}

    def tokens(self, place: Place) -> dict[str, VisualTokens]:
        """Return the visual tokens of all images by id."""
        return self.once(f"tokens of {place}", lambda: self._encode(place))

    @contextmanager
    def bench(
        self, place: Place, *, model: Path | None = None, prompt: str = PROMPT
    ) -> Generator[Workbench]:
        """Open the product on a corpus, indexed, in a workspace of the work folder."""
        root = self.corpus(place).root
        name = f"{place}-{digest({'corpus': str(root)})[:8]}"
        settings = load_settings(
            None,
            {
                "corpus": root,
                "workspace": self.asked.work / "workspaces" / name,
                "model.name": str(model or self.asked.model),
                "model.device": "cpu",
                "model.dtype": "float32",
                "model.prompt": prompt,
                "model.threads": THREADS,
                "ranking.depth": DEPTHS[place],
            },
        )
        bench = open_workbench(settings)
        try:
            follow(bench.runs.build_index(), place)
            yield bench
        finally:
            bench.close()

    def ranked(self, place: Place) -> Ranked:
        """Return what the product says of a corpus with its default prompt."""
        return self.once(f"ranked {place}", lambda: self._rank(place))

    def shortlists_of(self, model: Path, place: Place) -> dict[str, Shortlist]:
        """Return the first stage of another model folder, for the same queries; scores no pair."""
        ids = list(self.ranked(place).shortlists)
        with self.bench(place, model=model) as bench:
            return {i: read_query(bench, i, 0)[0] for i in ids}

    def _encode(self, place: Place) -> dict[str, VisualTokens]:
        images = self.images(place)
        logger.info("%s: encode %d images", place, len(images))
        encoded = self.encoder.encode(list(images.values()))
        return dict(zip(images, encoded, strict=True))

    def _rank(self, place: Place) -> Ranked:
        depth = DEPTHS[place]
        with self.bench(place) as bench:
            follow(bench.runs.evaluate(depth), place)
            outcomes = bench.runs.outcomes(Fusion(depth, 0.0, GAMMA))
            ids = [outcome.query_id for outcome in outcomes]
            listed = {i: read_query(bench, i, depth) for i in ids}
            return Ranked(
                corpus=self.corpus(place),
                depth=depth,
                queries=tuple(bench.queries.record(i) for i in ids),
                shortlists={i: shortlist for i, (shortlist, _) in listed.items()},
                margins={i: margins for i, (_, margins) in listed.items()},
                outcomes=outcomes,
                receipt=bench.runs.receipt(Fusion(depth, 0.0, GAMMA)).fields,
            )


def records_of(corpus: Corpus) -> list[ImageRecord]:
    """Return database and queries, every image once, sorted by id."""
    known = {record.image_id: record for record in (*corpus.database, *corpus.queries)}
    return [record for _, record in sorted(known.items())]


def read_query(bench: Workbench, query_id: str, depth: int) -> tuple[Shortlist, dict[str, float]]:
    """Return a query's shortlist and the margins of its first `depth`, as the product shows them.

    Raises:
        ValueError: A pair was not scored.
    """
    view = bench.queries.inspect(query_id, Fusion(depth, 0.0, GAMMA), limit=bench.info.shortlist)
    cosines = np.array([one.cosine for one in view.before], np.float32)
    shortlist = Shortlist(query_id, tuple(one.image_id for one in view.before), cosines)
    margins = {one.image_id: one.margin for one in view.before[:depth]}
    unscored = [image_id for image_id, margin in margins.items() if margin is None]
    if unscored:
        raise ValueError(f"{query_id} and {unscored[0]} have no score; see the log for the reason")
    return shortlist, {i: margin for i, margin in margins.items() if margin is not None}


def speak() -> None:
    """Write progress to stderr."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("faiss").setLevel(logging.WARNING)


def follow(steps: Iterator[Progress], place: str) -> None:
    """Run long work to its end and say now and then how far it is."""
    said = time.monotonic()
    for step in steps:
        if time.monotonic() - said >= _SAY_EVERY_S:
            said = time.monotonic()
            logger.info("%s: %s %d/%d %s", place, step.stage, step.done, step.total, step.unit)
