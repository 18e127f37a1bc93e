"""Pair scores in SQLite, addressed by content: scorer fingerprint, query bytes, image bytes.

A score is never changed: another scorer, prompt or image has another address. Logits and plain
scores have a table each; a scorer gives one or the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from core.storage.sqlite import SqliteFile
from core.types.scores import PairLogits, PlainScore

_MIGRATIONS = (
    """
CREATE TABLE scorer (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE
);
CREATE TABLE score (
    scorer INTEGER NOT NULL REFERENCES scorer(id),
    query BLOB NOT NULL,
    image BLOB NOT NULL,
    logit_yes REAL NOT NULL,
    logit_no REAL NOT NULL,
    answer_mass REAL,
    seconds REAL NOT NULL,
    PRIMARY KEY (scorer, query, image)
) WITHOUT ROWID;
""",
    """
CREATE TABLE plain_score (
    scorer INTEGER NOT NULL REFERENCES scorer(id),
    query BLOB NOT NULL,
    image BLOB NOT NULL,
    score REAL NOT NULL,
    seconds REAL,
    PRIMARY KEY (scorer, query, image)
) WITHOUT ROWID;
""",
)
_BROKEN = (
    "The score file {file} cannot be used ({error}); free disk space if it is full, else move the "
    "file away and scores are computed again."
)


StoredScore = PairLogits | PlainScore
"""What is kept of a pair: an MLLM's logits, or another scorer's number."""


class ScoreStore:
    """One file of scores; every batch written is durable before `put` returns.

    Keys are SHA-256 hex digests of image content.

    Raises:
        WorkspaceError: The file is damaged, of another version, read-only, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _MIGRATIONS, _BROKEN)
        self._scorers: dict[str, int] = {}
        self._written: dict[str, int] = {}

    def get(self, fingerprint: str, query: str, images: Sequence[str]) -> dict[str, StoredScore]:
        """Return the stored scores of one query for those of `images` that have one."""
        wanted = set(images)
        rows = self._rows(fingerprint, query)
        return {image: score for image, score in rows.items() if image in wanted}

    def put(
        self, fingerprint: str, query: str, scores: Mapping[str, StoredScore]
    ) -> dict[str, StoredScore]:
        """Store one batch in one transaction and return what is stored now.

        An address that exists already is kept: of two that scored a pair at once, both show the
        first one's score.
        """
        scorer = self._scorer_id(fingerprint)
        query_key = bytes.fromhex(query)
        logits: list[tuple[object, ...]] = []
        plain: list[tuple[object, ...]] = []
        for image, score in scores.items():
            row = (scorer, query_key, bytes.fromhex(image), *astuple(score))
            (plain if isinstance(score, PlainScore) else logits).append(row)
        with self._file.transaction():
            n_new = self._file.db.executemany(
                "INSERT OR IGNORE INTO score VALUES (?,?,?,?,?,?,?)", logits
            ).rowcount
            n_new += self._file.db.executemany(
                "INSERT OR IGNORE INTO plain_score VALUES (?,?,?,?,?)", plain
            ).rowcount
        self._written[fingerprint] = self._written.get(fingerprint, 0) + len(scores)
        if n_new == len(scores):
            return dict(scores)
        return self.get(fingerprint, query, list(scores))

    def forget(self, query: str) -> None:
        """Remove the scores of one query under every scorer."""
        with self._file.transaction():
            db = self._file.db
            for (scorer,) in db.execute("SELECT id FROM scorer").fetchall():
                address = (scorer, bytes.fromhex(query))
                db.execute("DELETE FROM score WHERE scorer = ? AND query = ?", address)
                db.execute("DELETE FROM plain_score WHERE scorer = ? AND query = ?", address)

    def written(self, fingerprint: str) -> int:
        """Return how many scores of this scorer were handed to `put` since the file was opened."""
        return self._written.get(fingerprint, 0)

    def scorers(self) -> dict[str, bool]:
        """Return the fingerprints that have a score, oldest first, with whether it is logits."""
        with self._file.reading():
            rows = self._file.db.execute(
                "SELECT fingerprint, EXISTS (SELECT 1 FROM score WHERE scorer = id), "
                "EXISTS (SELECT 1 FROM plain_score WHERE scorer = id) FROM scorer ORDER BY id"
            ).fetchall()
        return {name: bool(logits) for name, logits, plain in rows if logits or plain}

    def count(self, fingerprint: str) -> int:
        """Return how many pairs this scorer has scored."""
        with self._file.reading():
            found = self._file.db.execute(
                "SELECT (SELECT COUNT(*) FROM score WHERE scorer = id) + "
                "(SELECT COUNT(*) FROM plain_score WHERE scorer = id) FROM scorer "
                "WHERE fingerprint = ?",
                (fingerprint,),
            ).fetchone()
        return 0 if found is None else int(found[0])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rows(self, fingerprint: str, query: str) -> dict[str, StoredScore]:
        address = (fingerprint, bytes.fromhex(query))
        with self._file.reading():
            logits = self._file.db.execute(
                "SELECT image, logit_yes, logit_no, answer_mass, seconds FROM score "
                "JOIN scorer ON scorer.id = scorer WHERE fingerprint = ? AND query = ?",
                address,
            ).fetchall()
            plain = self._file.db.execute(
                "SELECT image, score, seconds FROM plain_score "
                "JOIN scorer ON scorer.id = scorer WHERE fingerprint = ? AND query = ?",
                address,
            ).fetchall()
        found: dict[str, StoredScore] = {
            bytes(image).hex(): PairLogits(*rest) for image, *rest in logits
        }
        return found | {bytes(image).hex(): PlainScore(*rest) for image, *rest in plain}

    def _scorer_id(self, fingerprint: str) -> int:
        if fingerprint not in self._scorers:
            with self._file.transaction():
                self._file.db.execute(
                    "INSERT OR IGNORE INTO scorer(fingerprint) VALUES (?)", (fingerprint,)
                )
                row = self._file.db.execute(
                    "SELECT id FROM scorer WHERE fingerprint = ?", (fingerprint,)
                ).fetchone()
            self._scorers[fingerprint] = int(row[0])
        return self._scorers[fingerprint]
