"""Compare two versions of Second Look: what they print and write, to the last digit.

Each version is a checkout, a folder with `app.py`. Both run the same commands side by side with
this Python, one thread each, every second stage in a workspace of its own:

    python -m tests.benchmarks.versions OLD NEW [--photos FOLDER] [--work FOLDER]
        [--cases mllm,thin] [--except-margins] [--may-grow] [--expect 'demo, thin: queue*']

Compared are stored vectors, scores, means, every query's outcome, whole rankings, annotation
queues, a sweep, a robustness report's tables and a trade-off table; times and dates are not. A
line per item says `equal` or `differs`, with the first difference; the exit code is 1 where one
differs. Rankings and queues come from `app.open_bench`.

--photos FOLDER      the same on a corpus folder of photographs, besides the demo
--except-margins     leave out queries whose scores differ, and every mean over them
--may-grow           fields that only NEW has are no difference
--expect PATTERN     an item whose difference is meant; may be given several times
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.version_items import (
    Finding,
    Item,
    changed_queries,
    compare,
    csv_rows,
    lasting,
    trec_rows,
)

DOOR = Path(__file__).with_name("version_door.py")
DEPTH, THIN, LAM, N_SWEPT, N_TRADED = 50, 20, 0.3, 3, 8
CASES: dict[str, dict[str, Any]] = {
    "mllm": {},
    "maxsim": {"ranking.scorer": "maxsim"},
    "geometric": {"ranking.scorer": "geometric"},
    "thin": {"ranking.thin": THIN},
}
ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
SCORES = "scores"


@dataclass
class Version:
    """One checkout at work below a folder of its own; `seconds` of every command by its name."""

    checkout: Path
    work: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, *command: str) -> str:
        """Return what a command printed.

        Raises:
            RuntimeError: It failed; the text is the end of what it said.
        """
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.checkout,
            env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(self.checkout)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.seconds[name] = time.monotonic() - start
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise RuntimeError(f"exit {done.returncode}: {' '.join(last)[:300]}")
        return done.stdout


@dataclass(frozen=True)
class Bench:
    """One second stage on one corpus, at one version; all its items carry `title`."""

    version: Version
    title: str
    workspace: Path
    settings: dict[str, Any]

    def app(self, verb: str, *arguments: str, is_ranked: bool = True) -> str:
        """Return what a command of the application printed."""
        options = {name.rpartition(".")[2]: value for name, value in self.settings.items()}
        if not is_ranked:
            options.pop("depth")
        given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        where = ("--workspace", str(self.workspace))
        shown = " ".join(one for one in arguments if not one.startswith("/"))
        name = f"{self.title}: {verb} {shown}"
        return self.version.run(name, "app.py", verb, *where, *given, *arguments)

    def items(self) -> Iterator[Item]:
        """Yield everything that this bench prints and writes."""
        yield from self._tried("evaluation", self._evaluation)
        yield from self._tried(SCORES, self._scores)
        yield from self._tried("stored vectors", self._vectors)
        if "ranking.thin" not in self.settings and "ranking.scorer" not in self.settings:
            fused = ("--lam", str(LAM))
            yield from self._tried("fusion", lambda: self._evaluation(*fused))
            yield from self._tried("sweep", self._sweep)
            yield from self._tried("robustness", self._robustness)
            yield from self._tried("trade-off", self._tradeoff)
        yield from self._tried("door", self._door)

    def _tried(self, name: str, make: Callable[[], Iterator[Item]]) -> Iterator[Item]:
        try:
            yield from make()
        except (RuntimeError, OSError, ValueError, KeyError, IndexError) as error:
            yield Item(f"{self.title}: {name}", failed=f"{type(error).__name__}: {error}")

    def _item(self, name: str, value: object, *, by_query: bool = False) -> Item:
        return Item(f"{self.title}: {name}", value, by_query)

    def _evaluation(self, *fusion: str) -> Iterator[Item]:
        title = f"lam {LAM:g}, " if fusion else ""
        printed = json.loads(self.app("evaluate", *fusion, "--json"))
        yield self._item(f"{title}receipt", lasting(printed.pop("receipt")))
        yield self._item(f"{title}printed", lasting(printed))
        run = json.loads(max(self.workspace.glob("runs/*.json")).read_text("utf-8"))
        yield self._item(f"{title}summary", lasting(run["summary"]))
        outcomes = {one["query_id"]: one for one in run["outcomes"]}
        yield self._item(f"{title}outcomes", outcomes, by_query=True)

    def _scores(self) -> Iterator[Item]:
        file = self.workspace.with_suffix(".trec")
        self.app("export", str(file))
        yield self._item(SCORES, trec_rows(file.read_text("utf-8")), by_query=True)

    def _vectors(self) -> Iterator[Item]:
        """Hash the rows of all shards in order: where one shard ends depends on the clock."""
        for kind in ("descriptors", "tokens"):
            sums: dict[str, str] = {}
            for folder in sorted(self.workspace.glob(f"{kind}/*")):
                rows = (np.load(path, mmap_mode="r") for path in sorted(folder.glob("[0-9]*.npy")))
                data = b"".join(one.tobytes() for one in rows)
                sums[folder.name] = f"{len(data)} bytes, {hashlib.sha256(data).hexdigest()}"
            yield self._item(f"stored {kind}", sums)

    def _sweep(self) -> Iterator[Item]:
        run = json.loads(max(self.workspace.glob("runs/*.json")).read_text("utf-8"))
        query = run["outcomes"][0]["query_id"]
        asked = ("--query", query, "--perturbation", "blur", "--pair", "positive", "--json")
        curves = json.loads(self.app("sweep", *asked, is_ranked=False))["curves"]
        yield self._item("sweep", {query: curves}, by_query=True)

    def _robustness(self) -> Iterator[Item]:
        folder = self.workspace.with_suffix(".robustness")
        asked = ("--queries", str(N_SWEPT), "--pair", "positive", "--side", "query")
        self.app("robustness", *asked, "--out", str(folder), is_ranked=False)
        for name in ("curves", "breaking_by_query"):
            rows = csv_rows(folder / f"{name}.csv", "query")
            yield self._item(f"robustness {name}", rows, by_query=True)
        for name in ("means", "breaking"):
            yield self._item(f"robustness {name}", csv_rows(folder / f"{name}.csv"))

    def _tradeoff(self) -> Iterator[Item]:
        file = self.workspace.with_suffix(".csv")
        grid = ("--queries", str(N_TRADED), "--resolutions", "full", "--depths", "10,20")
        stored = ("--compressions", "none,int8,divprune:16")
        self.app("tradeoff", *grid, *stored, "--csv", str(file), is_ranked=False)
        yield self._item("trade-off", csv_rows(file))

    def _door(self) -> Iterator[Item]:
        where = (str(self.version.checkout), str(self.workspace), json.dumps(self.settings))
        text = self.version.run(f"{self.title}: door", str(DOOR), *where)
        found = json.loads(text.splitlines()[-1])
        for kind, by_name in found.items():
            if "failed" in by_name:
                yield Item(f"{self.title}: {kind}", failed=by_name["failed"])
                continue
            for name, value in by_name.items():
                is_run = kind == "order"
                read = trec_rows(value) if is_run else value
                yield self._item(f"{kind} {name}".strip(), read, by_query=is_run)


def main(arguments: list[str]) -> int:
    """Compare and print; return 1 where something differs that was not expected to."""
    asked = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(asked.work or folder).absolute()
        versions = [
            Version(path.resolve(), work / name)
            for name, path in (("old", asked.old), ("new", asked.new))
        ]
        findings = [
            found
            for corpus in [None, *([asked.photos.resolve()] if asked.photos else [])]
            for case in asked.cases.split(",")
            for found in compared(versions, corpus, case, asked)
        ]
    meant = {f.name for f in findings if any(fnmatchcase(f.name, e) for e in asked.expect)}
    sys.stdout.write(as_text(findings, meant, versions))
    return int(any(one.state == "differs" and one.name not in meant for one in findings))


def compared(
    versions: list[Version], corpus: Path | None, case: str, asked: argparse.Namespace
) -> list[Finding]:
    """Run one second stage on one corpus at both versions, side by side, and compare."""
    name = "demo" if corpus is None else corpus.name
    settings = {**CASES[case], "ranking.depth": DEPTH}
    if corpus is not None:
        settings["corpus"] = str(corpus)
    for version in versions:
        version.work.mkdir(parents=True, exist_ok=True)
    benches = [Bench(v, f"{name}, {case}", v.work / f"{name}-{case}", settings) for v in versions]
    with ThreadPoolExecutor(len(benches)) as pool:
        old, new = pool.map(lambda b: {item.name: item for item in b.items()}, benches)
    changed: frozenset[str] = frozenset()
    scores = f"{name}, {case}: {SCORES}"
    if asked.except_margins:
        changed = changed_queries(old[scores].value or {}, new[scores].value or {})
    absent = "there is no such item"
    return [
        compare(
            old.get(one, Item(one, failed=absent)),
            new.get(one, Item(one, failed=absent)),
            changed,
            may_grow=asked.may_grow,
        )
        for one in dict.fromkeys([*old, *new])
    ]


def as_text(findings: list[Finding], meant: set[str], versions: list[Version]) -> str:
    """Return the table of items, the seconds of every command, and the result in one line."""
    lines = [
        f"{one.state + (', meant' if one.name in meant and one.state == 'differs' else ''):15} "
        f"{one.n_values:>7}  {one.name}" + (f"  {one.first}" if one.first else "")
        for one in findings
    ]
    old, new = (version.seconds for version in versions)
    lines += ["", "old s   new s   command"]
    lines += [f"{s:5.1f}   {new.get(name, 0.0):5.1f}   {name}" for name, s in old.items()]
    lines.append(f"{sum(old.values()):5.1f}   {sum(new.values()):5.1f}   all commands")
    n = {state: sum(f.state == state for f in findings) for state in ("equal", "differs")}
    lines.append(f"{len(findings)} items: {n['equal']} equal, {n['differs']} differ.")
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--work", type=Path, help="keep the workspaces here")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--except-margins", action="store_true")
    parser.add_argument("--may-grow", action="store_true")
    parser.add_argument("--expect", action="append", default=[])
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
