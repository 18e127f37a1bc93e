"""Change the pure core in small ways and see whether the tests of the changed file fail.

    python -m pip install -e ".[test,mutation]"
    python -m tests.mutation.run [FILE ...] [--before COMMIT] [--out tests/mutation/RESULTS.md]

Every mutant (`mutants.py`) of a file is run against the test files that belong to it, in a copy of
the working tree, one process, the same hypothesis examples every time. A mutant that no test
notices is printed; it needs a test, or a line in `explained.toml` that says why no test can tell
it from the file. The exit code is 1 where one has neither.

--before COMMIT   the same, with source and tests of that commit, as a column to compare with
--most N          at most N mutants of a file, drawn with --seed (default 200, seed 0)
--known           tell what earlier runs found out, and run nothing
--out FILE        write the table and the explained mutants as Markdown

What became of a mutant is kept in build/mutation, so that a stopped run goes on where it was and
a new test is tried on the mutants that are left. Delete it after a change elsewhere in `core`.
"""

import argparse
import random
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.mutation.checkout import BUILD, Checkout
from tests.mutation.known import Known
from tests.mutation.mutants import Mutant, mutants_of

EXPLAINED = Path(__file__).with_name("explained.toml")
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "core/analysis/metrics.py": ("tests/core/analysis/test_metrics.py",),
    "core/analysis/outcomes.py": ("tests/core/analysis/test_outcomes.py",),
    "core/analysis/significance.py": (
        "tests/core/analysis/test_significance.py",
        "tests/core/analysis/test_significance_of_gaps.py",
        "tests/core/analysis/test_significance_of_slices.py",
    ),
    "core/reranking/fusion.py": ("tests/core/reranking/test_fusion.py",),
    "core/reranking/ordering.py": ("tests/core/reranking/test_ordering.py",),
    "core/bench/orders.py": (
        "tests/core/bench/test_orders.py",
        "tests/core/bench/test_cascades.py",
        "tests/core/bench/test_thinned.py",
    ),
    "core/corpus/csv_lines.py": ("tests/core/corpus/test_csv_lines.py",),
    "core/corpus/manifest.py": ("tests/core/corpus/test_manifest.py",),
    "core/corpus/manifest_rows.py": ("tests/core/corpus/test_manifest_rows.py",),
    "core/corpus/path_checks.py": ("tests/core/corpus/test_path_checks.py",),
    "core/corpus/relevance.py": ("tests/core/corpus/test_relevance.py",),
    "core/storage/scores.py": ("tests/core/storage/test_scores.py",),
    "core/storage/documents.py": ("tests/core/storage/test_documents.py",),
    "core/storage/files.py": (
        "tests/core/storage/test_files.py",
        "tests/core/storage/test_files_lock.py",
    ),
    "core/storage/shards.py": ("tests/core/storage/test_shards.py",),
    "core/annotation/store.py": ("tests/core/annotation/test_store.py",),
    "core/annotation/content.py": (
        "tests/core/annotation/test_content.py",
        "tests/core/annotation/test_store.py",
    ),
    "core/annotation/relabel.py": ("tests/core/annotation/test_relabel.py",),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one file at one version: its mutants that were run, and those that no test noticed."""

    n_all: int
    n_run: int
    survivors: tuple[Mutant, ...]

    @property
    def killed(self) -> str:
        """`61 of 72`."""
        return f"{self.n_run - len(self.survivors)} of {self.n_run}"


def check(checkout: Checkout, source: str, asked: argparse.Namespace) -> Outcome:
    """Run the mutants of one file and return what became of them."""
    path = checkout.folder / source
    tests = [name for name in SUBJECTS[source] if (checkout.folder / name).exists()]
    code = path.read_text("utf-8")
    mutants = mutants_of(code)
    drawn = mutants
    if len(mutants) > asked.most:
        drawn = random.Random(asked.seed).sample(mutants, asked.most)
        drawn.sort(key=mutants.index)
    known = Known(BUILD / "known", checkout.folder, tests)
    limit_s, n_run = 0.0, 0
    survivors: list[Mutant] = []
    for place, mutant in enumerate(drawn, start=1):
        noticed = known.get(mutant)
        if noticed is None and asked.known:
            continue
        if noticed is None:
            limit_s = limit_s or _whole_run_s(checkout, path, tests)
            path.write_text(mutant.text, "utf-8")
            noticed = known.put(mutant, checkout.test(tests, limit_s, writes_bytecode=False))
        n_run += 1
        if not noticed:
            survivors.append(mutant)
        sys.stderr.write(f"\r{source}: {place}/{len(drawn)}, {len(survivors)} not noticed ")
    path.write_text(code, "utf-8")
    sys.stderr.write("\n")
    if limit_s:
        _whole_run_s(checkout, path, tests)  # else what the last mutants did says nothing
    return Outcome(len(mutants), n_run, tuple(survivors))


def _whole_run_s(checkout: Checkout, path: Path, tests: Sequence[str]) -> float:
    """Run the tests of the unchanged file and return how long a mutant's may take."""
    begin = time.monotonic()
    if checkout.test(tests, 600, writes_bytecode=True) != 0:
        raise SystemExit(
            f"The tests of the unchanged file fail; mend them first.\n{checkout.log()[-3000:]}"
        )
    for stale in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        stale.unlink()
    return 10 + 3 * (time.monotonic() - begin)


def explanations() -> dict[tuple[str, str, str], str]:
    """Return why no test notices a mutant, by its file and its line before and after."""
    entries = tomllib.loads(EXPLAINED.read_text("utf-8"))["explained"]
    return {
        (entry["file"], _tight(before), _tight(after)): entry["why"]
        for entry in entries
        for before, after in entry["mutants"]
    }


def _tight(line: str) -> str:
    """Return a line without spaces, in which cosmic-ray and a formatter differ."""
    return "".join(line.split())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the mutation check of the pure core.")
    parser.add_argument("files", nargs="*", choices=[*SUBJECTS, []], metavar="FILE")
    parser.add_argument("--before", metavar="COMMIT")
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def main() -> int:
    """Run the check and return the exit code."""
    asked = _arguments()
    files = asked.files or list(SUBJECTS)
    before = _outcomes(files, asked.before, asked) if asked.before else {}
    after = _outcomes(files, None, asked)
    why = explanations()
    rows = [
        "| file | mutants | killed before | killed after | explained | open |",
        "|---|---|---|---|---|---|",
    ]
    reasons: list[str] = []
    n_open = 0
    for name in files:
        keys = {one: (name, _tight(one.before), _tight(one.after)) for one in after[name].survivors}
        told = {one: why[key] for one, key in keys.items() if key in why}
        left = [one for one in keys if one not in told]
        rows.append(_row(name, before.get(name), after[name], len(told), len(left)))
        reasons += _reasons(name, told)
        n_open += len(left)
        for mutant in left:
            sys.stdout.write(f"{name}:{mutant.line}: {mutant.before}\n    -> {mutant.after}\n")
    sys.stdout.write("\n".join(rows) + "\n")
    if asked.out is not None:
        asked.out.write_text(_page(rows, reasons, asked), "utf-8")
    return 1 if n_open else 0


def _row(name: str, before: Outcome | None, after: Outcome, n_explained: int, n_open: int) -> str:
    of_all = "" if after.n_run == after.n_all else f" of {after.n_all}"
    was = "" if before is None else before.killed
    return f"| {name} | {after.n_run}{of_all} | {was} | {after.killed} | {n_explained} | {n_open} |"


def _outcomes(
    files: Sequence[str], commit: str | None, asked: argparse.Namespace
) -> dict[str, Outcome]:
    checkout = Checkout(BUILD / ("working-tree" if commit is None else commit), commit)
    try:
        return {name: check(checkout, name, asked) for name in files}
    finally:
        checkout.close()


def _reasons(name: str, told: Mapping[Mutant, str]) -> list[str]:
    lines = ["", f"### {name}", ""] if told else []
    for mutant, reason in told.items():
        lines.append(f"- line {mutant.line}: `{mutant.before}` -> `{mutant.after}`: {reason}")
    return lines


def _page(rows: Sequence[str], reasons: Sequence[str], asked: argparse.Namespace) -> str:
    tools = ", ".join(f"{name} {version(name)}" for name in ("cosmic-ray", "pytest", "hypothesis"))
    python = ".".join(map(str, sys.version_info[:3]))
    before = f"; before: commit {asked.before}" if asked.before else ""
    command = "python -m tests.mutation.run" + (f" --before {asked.before}" if before else "")
    return "\n".join(
        [
            "# Mutation check of the pure core",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}, `{command}`: Python {python}, {tools}{before}.",
            f"At most {asked.most} mutants of a file (seed {asked.seed}). What is changed, what is",
            "left out and how a mutant is run: `run.py`, `mutants.py`. Written by `--out`.",
            "",
            *rows,
            "",
            "## Mutants that no test can tell from the file",
            *reasons,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
