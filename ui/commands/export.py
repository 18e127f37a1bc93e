"""`export`: scores, first stage, rankings, annotations, pairs or changed labels as a file."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from core.errors import AnnotationError
from core.types.orders import Fusion
from core.types.runs import Progress
from core.workbench import Workbench
from ui.address_values import queue_of
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener

NAME = "export"
What = Literal[
    "scores",
    "descriptors",
    "shortlists",
    "rankings",
    "annotations",
    "pairs",
    "patch",
    "relevance",
]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What to write: whose annotations, rankings for which script, and pairs of which queue."""

    what: What
    author: str | None
    form: str
    queue: str
    words: bool


_Made = tuple[Mapping[str, object], str]
"""What was written: facts, and a sentence."""


def run(
    opener: Opener,
    *,
    file: Annotated[
        Path,
        typer.Argument(
            help="Scores and shortlists: .csv, .jsonl, .trec or .run (TREC run), .json (ILIAS). "
            "Descriptors: .npy (ids beside it), .npz, .safetensors, .parquet. Annotations: .jsonl, "
            "else CSV. Labels: CSV."
        ),
    ],
    what: Annotated[
        What,
        typer.Option(
            help="scores: of every query's first `depth` candidates; descriptors: the vector of "
            "every image; shortlists: every query's, with cosines; rankings: the re-ranked lists "
            "of a benchmark in its own files, as --form says; annotations: all of them; pairs: "
            "those of --queue, each with a text on what differs; patch: the labels that the "
            "annotations change; relevance: the whole relevance.csv with them."
        ),
    ] = "scores",
    depth: Annotated[
        int | None, typer.Option(help="Scores: candidates per query (default: 100).")
    ] = None,
    author: Annotated[
        str | None,
        typer.Option(help="Annotations: only this author's (default: all; labels where all agree)"),
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            help="Rankings: trec, or what a benchmark's script takes: gldv2, circo, cirr, "
            "cirr-subset, ilias, revisited, disc21, product1m."
        ),
    ] = "trec",
    queue: Annotated[
        str,
        typer.Option(
            help="Pairs: which queue, as the address of Annotate names it, such as `hard` or "
            "`unlike:mllm but not import:colours`."
        ),
    ] = "hard",
    words: Annotated[
        bool,
        typer.Option("--words", help="Pairs: ask a model that writes about those without a note."),
    ] = False,
    json_output: Json = False,
) -> None:
    """Write scores or a first stage that `import` reads back exactly, or what annotators said."""
    _, bench = opener.open(ranking__depth=depth)
    try:
        more, sentence = _MAKERS[what](bench, file, _Asked(what, author, form, queue, words))
    finally:
        bench.close()
    facts = {"file": str(file), "what": what, **more}
    typer.echo(json.dumps(facts) if json_output else sentence)


def _scores(bench: Workbench, file: Path, _asked: _Asked) -> _Made:
    steps = bench.exchange.export_scores(file, bench.info.first_depth)
    follow(_with_index(bench, steps))
    n = bench.info.n_queries
    facts = {"n_queries": n, "scorer": bench.info.last_stage}
    return facts, f"The scores of {n:,} queries are in {file}"


def _descriptors(bench: Workbench, file: Path, _asked: _Asked) -> _Made:
    follow(_with_index(bench, bench.first_stage.save_descriptors(file)))
    n = bench.first_stage.n_described()
    facts = {"n_vectors": n, "descriptor": bench.info.descriptor_name}
    return facts, f"{n:,} vectors of descriptor {bench.info.descriptor_name} are in {file}"


def _shortlists(bench: Workbench, file: Path, _asked: _Asked) -> _Made:
    follow(_with_index(bench, bench.first_stage.save_shortlists(file)))
    n, longest = bench.first_stage.n_listed(), bench.info.shortlist
    facts = {"n_queries": n, "shortlist": longest, "descriptor": bench.info.descriptor_name}
    return facts, f"The shortlists of {n:,} queries, {longest:,} images each, are in {file}"


def _rankings(bench: Workbench, file: Path, asked: _Asked) -> _Made:
    steps = bench.protocols.save(file, asked.form, bench.info.first_depth)
    follow(_with_index(bench, steps))
    n = bench.info.n_queries
    facts = {"n_queries": n, "form": asked.form, "pipeline": bench.info.pipeline}
    return facts, f"The rankings of {n:,} queries are in {file}, as {asked.form} takes them"


def _said(bench: Workbench, file: Path, asked: _Asked) -> _Made:
    n = bench.labels.save(file, _kind(file, asked.what), asked.author)
    return {"n_rows": n}, f"{n:,} rows of {asked.what} are in {file}"


def _pairs(bench: Workbench, file: Path, asked: _Asked) -> _Made:
    spec = queue_of(asked.queue)
    if spec is None:
        raise AnnotationError(
            f"There is no queue '{asked.queue[:80]}'; name it as the address of Annotate does."
        )
    depth = bench.info.default_depth
    fusion = Fusion(depth, bench.info.lam, bench.info.gamma)
    follow(bench.runs.build_index())
    if spec.kind != "unlike":  # made of descriptors alone
        follow(bench.runs.evaluate(depth))
    save = bench.pair_texts.save
    follow(save(file, spec, fusion, asked.author, in_words=asked.words))
    n = len(bench.annotations.queue(spec, fusion, asked.author).items)
    return {"n_rows": n, "queue": asked.queue}, f"{n:,} pairs of queue {asked.queue} are in {file}"


_MAKERS: Mapping[What, Callable[[Workbench, Path, _Asked], _Made]] = {
    "scores": _scores,
    "descriptors": _descriptors,
    "shortlists": _shortlists,
    "rankings": _rankings,
    "annotations": _said,
    "pairs": _pairs,
    "patch": _said,
    "relevance": _said,
}


def _kind(file: Path, what: str) -> str:
    if what != "annotations":
        return what
    return "jsonl" if file.suffix == ".jsonl" else "csv"


def _with_index(bench: Workbench, steps: Iterator[Progress]) -> Iterator[Progress]:
    yield from bench.runs.build_index()
    yield from steps
