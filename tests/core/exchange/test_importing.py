"""What is checked before a pair is stored, and what is kept."""

from pathlib import Path

import numpy as np
import pytest

from core.corpus.manifest import open_corpus
from core.errors import ExchangeError, SettingsError
from core.exchange.formats import open_scores
from core.exchange.importing import MOST_FAULTS, MOST_UNKNOWN, import_scores
from core.fingerprint import digest
from core.reranking.imported import ImportedReranker, ImportedScorer
from core.storage.imports import Imports
from core.storage.scores import ScoreStore
from core.types.scores import FailedPair, Shortlist

QUERY = "images/disc_q.png"
HEADER = "query,image,score\n"


class Bench:
    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        self.corpus = open_corpus(root)
        self.scores = ScoreStore(folder / "s.sqlite")
        self.imports = Imports(folder / "imports")
        self.database = {record.image_id: record for record in self.corpus.database}
        self.query = next(q for q in self.corpus.queries if q.image_id == QUERY)

    def put(self, text: str, name: str = "theirs"):
        path = self.folder / "s.csv"
        path.write_text(text)
        return list(import_scores(open_scores(path), name, self.corpus, self.scores, self.imports))

    def reranker(self, name: str = "theirs") -> ImportedReranker:
        return ImportedReranker(ImportedScorer(self.imports.get(name)), self.scores, self.database)


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    return Bench(tiny_corpus_root, tmp_path)


def refused(bench, text) -> ExchangeError:
    with pytest.raises(ExchangeError) as raised:
        bench.put(text)
    assert bench.imports.names() == ()
    return raised.value


def test_what_was_imported_is_read_back_exactly(bench):
    ids = sorted(bench.database)
    values = [0.1 + 0.2, -1e-300, 1e300, 0.0]
    bench.put(HEADER + "".join(f"{QUERY},{i},{v!r}\n" for i, v in zip(ids, values, strict=False)))
    found = bench.reranker().cached(bench.query, ids)
    assert [found[i].margin for i in ids[:4]] == values
    one = found[ids[0]]
    assert (one.probability, one.logit_yes, one.answer_mass, one.seconds) == (None,) * 4
    record = bench.imports.get("theirs")
    assert (record.n_pairs, record.n_queries, record.n_queries_missing) == (4, 1, 3)


def test_a_missing_pair_is_unscored_and_named(bench):
    ids = tuple(sorted(bench.database))
    bench.put(f"{HEADER}{QUERY},{ids[1]},2\n")
    shortlist = Shortlist(QUERY, ids, np.zeros(len(ids), np.float32))
    batches = list(bench.reranker().rerank(bench.query, shortlist, 3))
    assert [pair.image_id for pair in batches[0]] == [ids[1]]
    assert [pair.image_id for pair in batches[1]] == [ids[0], ids[2]]
    assert all(isinstance(pair, FailedPair) for pair in batches[1])
    assert "'theirs' holds no score" in batches[1][0].reason


def test_a_changed_file_has_no_imported_score_any_more(bench, tiny_corpus_root):
    from tests.conftest import draw_object

    image = "images/disc_1.png"
    bench.put(f"{HEADER}{QUERY},{image},2\n")
    draw_object("disc", 11, 21).save(tiny_corpus_root / image)
    changed = Bench(tiny_corpus_root, bench.folder)
    assert changed.reranker().cached(changed.query, [image]) == {}


def test_two_images_of_equal_content_keep_their_own_scores(tiny_corpus_root, tmp_path):
    data = (tiny_corpus_root / "images/disc_1.png").read_bytes()
    (tiny_corpus_root / "images/copy.png").write_bytes(data)
    manifest = tiny_corpus_root / "manifest.csv"
    manifest.write_text(manifest.read_text() + "images/copy.png,database,disc,,,,,dim\n")
    bench = Bench(tiny_corpus_root, tmp_path)
    bench.put(f"{HEADER}{QUERY},images/disc_1.png,1\n{QUERY},images/copy.png,2\n")
    found = bench.reranker().cached(bench.query, ["images/disc_1.png", "images/copy.png"])
    assert [pair.margin for pair in found.values()] == [1.0, 2.0]


def test_unknown_ids_are_refused_by_name_and_counted(bench):
    lines = "".join(f"{QUERY},none_{n}.png,1\n" for n in range(12))
    error = refused(bench, f"{HEADER}{lines}who.png,images/disc_1.png,1\n")
    assert "1 unknown query id, 12 unknown image ids" in str(error)
    assert "s.csv:14: 'who.png' is no query of the corpus" in error.faults
    assert sum("is no database image" in fault for fault in error.faults) == MOST_UNKNOWN
    assert error.faults[-1] == "... and 7 more unknown images"


def test_a_query_is_no_database_image(bench):
    error = refused(bench, f"{HEADER}{QUERY},{QUERY},1\n")
    assert error.faults == (f"s.csv:2: '{QUERY}' is no database image of the corpus",)


def test_duplicates_are_refused_with_their_lines(bench):
    line = f"{QUERY},images/disc_1.png,1\n"
    error = refused(bench, HEADER + line + line)
    assert len(error.faults) == 1
    assert error.faults[0].startswith("s.csv:3: ")
    assert error.faults[0].endswith("have a score already")


def test_a_duplicate_key_of_an_ilias_file_is_a_duplicate(bench):
    path = bench.folder / "run.json"
    path.write_text('{"%s": {"images/disc_1.png": 1, "images/disc_1.png": 2}}' % QUERY)  # noqa: UP031
    with pytest.raises(ExchangeError, match="1 faulty line"):
        list(import_scores(open_scores(path), "x", bench.corpus, bench.scores, bench.imports))


def test_all_faults_are_counted_and_the_first_are_listed(bench):
    error = refused(bench, HEADER + f"{QUERY},images/disc_1.png,nan\n" * 50)
    assert "50 faulty lines" in str(error)
    assert len(error.faults) == MOST_FAULTS + 1
    assert error.faults[-1] == "... and 30 more faulty lines"


def test_a_header_alone_holds_no_pair(bench):
    assert "holds no pair" in str(refused(bench, HEADER))


def test_nothing_is_stored_of_a_faulty_file(bench):
    text = f"{HEADER}{QUERY},images/disc_1.png,1\n{QUERY},images/disc_2.png,nan\n"
    refused(bench, text)
    file = open_scores(bench.folder / "s.csv")
    assert bench.scores.count(digest({"imported scores": file.sha256})) == 0


def test_an_interrupted_import_has_no_name_and_goes_on(bench):
    ids = sorted(bench.database)
    other = next(q.image_id for q in bench.corpus.queries if q.image_id != QUERY)
    text = HEADER + "".join(f"{q},{i},1\n" for q in (QUERY, other) for i in ids[:2])
    (bench.folder / "s.csv").write_text(text)
    file = open_scores(bench.folder / "s.csv")
    steps = import_scores(file, "theirs", bench.corpus, bench.scores, bench.imports)
    while (step := next(steps)).stage != "store" or step.done < 1:
        pass
    steps.close()
    assert bench.imports.names() == ()
    bench.put(text)
    assert bench.imports.get("theirs").n_pairs == 4


def test_an_unknown_import_names_those_that_there_are(bench):
    with pytest.raises(SettingsError, match="run `import FILE` first"):
        bench.imports.get("theirs")
    bench.put(f"{HEADER}{QUERY},images/disc_1.png,1\n", "ames")
    with pytest.raises(SettingsError, match="choose one of: ames"):
        bench.imports.get("theirs")


def test_ids_with_one_reading_are_those_of_the_corpus(bench):
    absolute = bench.corpus.root / "images/disc_2.png"
    bench.put(f"{HEADER}./{QUERY},images\\disc_1.png,1\n{QUERY},{absolute},2\n")
    found = bench.reranker().cached(bench.query, ["images/disc_1.png", "images/disc_2.png"])
    assert [pair.margin for pair in found.values()] == [1.0, 2.0]
    assert bench.imports.get("theirs").assumed == (
        "s.csv was read with ./ and // in paths (1); \\ between folders (1); "
        "absolute paths into the corpus folder (1)"
    )


def test_one_pair_in_two_spellings_is_a_duplicate(bench):
    error = refused(bench, f"{HEADER}{QUERY},images/disc_1.png,1\n./{QUERY},images/disc_1.png,1\n")
    assert "have a score already" in error.faults[0]
