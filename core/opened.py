"""The Python door for notebooks: a corpus from a data frame, and a bench that is open on it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.assembly.bench import open_workbench
from core.corpus.frames import described
from core.corpus.manifest_rows import MANIFEST
from core.corpus.relevance import RELEVANCE
from core.corpus.sources.described import Described, DescribedSource
from core.corpus.sources.opening import open_source
from core.corpus.sources.protocol import ImageSource
from core.errors import ManifestError
from core.notebook.bench import Bench
from core.settings import load_settings

_IMAGE, _ROLE = "image", "role"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus to be opened: a folder or archive, and tables that stand for those beside it."""

    root: Path
    tables: Mapping[str, Described]

    @classmethod
    def from_table(
        cls,
        frame: object,
        *,
        root: Path | str | None = None,
        image: str = _IMAGE,
        relevance: object | None = None,
    ) -> "Corpus":
        """Return the images that a data frame names, without a manifest on disk.

        The columns are those of `manifest.csv`. Without `role` every image is query and database;
        without `instance` there is no ground truth, unless `relevance` gives it. Faults of the rows
        are listed when the corpus is opened, by row: `table:3: ...` is the third row.

        Args:
            frame: A DataFrame of pandas or Polars with a column of paths.
            root: What the paths are relative to: a folder or an archive. None = they are absolute,
                and the folder that holds all of them is the root.
            image: The column of paths.
            relevance: A DataFrame with the columns of `relevance.csv`.

        Raises:
            ManifestError: It is no data frame, or no root can be told.
        """
        table = _named(described(frame, "table"), image)
        place = _root_of(table) if root is None else Path(root).expanduser().absolute()
        tables = {MANIFEST: _below(table, place)}
        if relevance is not None:
            tables[RELEVANCE] = described(relevance, "relevance table")
        return cls(place, tables)

    def open_images(self, root: Path, cache: Path | None = None) -> ImageSource:
        """Return the images of the root, described by the tables; see `open_workbench`."""
        return DescribedSource(open_source(root, cache), self.tables)


def open_bench(
    corpus: Corpus | Path | str | None = None,
    *,
    model: str | None = None,
    depth: int | None = None,
    settings: Mapping[str, object] | None = None,
) -> Bench:
    """Open a bench; close it when done, since a workspace has one bench at a time.

    Args:
        corpus: What `Corpus.from_table` returned, or a folder or archive; None = the demo.
        model: Hub id or folder of an MLLM, or a server's address; None = the embedded one.
        depth: How many candidates are re-ranked; None = 100.
        settings: Further dotted settings, such as `{"workspace": "w", "ranking.lam": 0.2}`.

    Raises:
        SettingsError: A setting cannot be used.
        ManifestError: The corpus cannot be read; all faults are listed.
        WorkspaceError: The workspace is in use, damaged or cannot be written.
    """
    root = corpus.root if isinstance(corpus, Corpus) else corpus
    named = {"corpus": root, "model.name": model, "ranking.depth": depth}
    given = {key: value for key, value in named.items() if value is not None}
    chosen = load_settings(None, {**(settings or {}), **given})
    if not isinstance(corpus, Corpus):
        return Bench(open_workbench(chosen))
    return Bench(open_workbench(chosen, open_images=corpus.open_images))


def _named(table: Described, image: str) -> Described:
    """Return the table with the column of paths called `image` and a role for every image."""
    if image not in table.columns:
        known = ", ".join(table.columns)[:80] or "none"
        raise ManifestError(
            f"The table has no column '{image[:80]}' of paths; its columns are {known}: say "
            "image=NAME."
        )
    columns = [_IMAGE if one == image else one for one in table.columns]
    if _ROLE in columns:
        return replace(table, columns=columns)
    rows = [(*row, "both") for row in table.rows]
    return Described(table.name, [*columns, _ROLE], rows)


def _root_of(table: Described) -> Path:
    at = list(table.columns).index(_IMAGE)
    folders = [os.path.dirname(row[at]) for row in table.rows]  # noqa: PTH120 - a Path per row is slow
    if not folders or not all(map(os.path.isabs, folders)):
        raise ManifestError(
            "The table's paths are not all absolute; say with root=FOLDER what they are relative "
            "to."
        )
    return Path(os.path.commonpath(folders))


def _below(table: Described, root: Path) -> Described:
    """Return the table with paths relative to the root as it is spelled, links and all."""
    at, head = list(table.columns).index(_IMAGE), f"{root.as_posix().rstrip('/')}/"
    rows = [(*row[:at], row[at].removeprefix(head), *row[at + 1 :]) for row in table.rows]
    return replace(table, rows=rows)
