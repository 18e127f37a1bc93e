"""The log: durable actions, undo and redo, versions, two authors, imports, damage."""

import sqlite3
import threading
from collections import defaultdict

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.annotation.store import AnnotationStore, ImportCounts, Imported
from core.errors import AnnotationError, ConflictError, WorkspaceError
from core.types.annotation import VERDICTS, Annotation, Change, Content
from tests.writers import kill_writer


class Author:
    """Acts as one window does: knows the versions it has seen and numbers its actions."""

    def __init__(self, store: AnnotationStore, name: str = "ada") -> None:
        self.store, self.name = store, name
        self.versions: dict[tuple[str, str], int] = defaultdict(int)
        self.n_actions = 0

    def action(self) -> str:
        self.n_actions += 1
        return f"{self.name}-{id(self)}-{self.n_actions}"

    def set(self, op, value, pair=("q", "a"), action=None):
        step = self.store.apply(
            Change(action or self.action(), self.name, *pair, op, value, self.versions[pair])
        )
        self.versions[pair] = step.annotation.version
        return step

    def verdict(self, value, pair=("q", "a"), action=None):
        return self.set("verdict", value, pair, action)

    def undo(self):
        return self._moved(self.store.undo(self.name, self.action()))

    def redo(self):
        return self._moved(self.store.redo(self.name, self.action()))

    def _moved(self, step):
        word = step.annotation
        self.versions[(word.query_id, word.image_id)] = word.version
        return step


@pytest.fixture
def store(tmp_path):
    opened = AnnotationStore(tmp_path / "a.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def ada(store) -> Author:
    return Author(store)


def contents(store, author=None) -> dict[tuple[str, str, str], Content]:
    return {(a.author, a.query_id, a.image_id): a.content for a in store.annotations(author)}


def test_verdict_tags_and_note_are_three_events_on_one_pair(store, ada):
    ada.verdict("match")
    ada.set("tags", ("glare", "crop"))
    ada.set("note", "the same scratch")
    assert contents(store) == {
        ("ada", "q", "a"): Content("match", ("glare", "crop"), "the same scratch")
    }
    assert [(e.op, e.version) for e in store.events()] == [("verdict", 1), ("tags", 2), ("note", 3)]


def test_an_equal_value_adds_no_event(store, ada):
    ada.verdict("match")
    assert ada.verdict("match").annotation.version == 1
    assert len(store.events()) == 1


def test_an_action_sent_again_is_done_once(store, ada):
    first = ada.verdict("match", action="one")
    ada.versions.clear()
    assert ada.verdict("match", action="one") == first
    assert len(store.events()) == 1


def test_an_undo_sent_again_is_done_once(store, ada):
    ada.verdict("match", ("q", "a"))
    ada.verdict("match", ("q", "b"))
    first = store.undo("ada", "u")
    assert store.undo("ada", "u") == first
    assert list(contents(store)) == [("ada", "q", "a")]


def test_undo_and_redo_walk_the_authors_own_line(store, ada):
    bob = Author(store, "bob")
    ada.verdict("match", ("q", "a"))
    bob.verdict("unsure", ("q", "a"))
    ada.verdict("no match", ("q", "b"))
    assert ada.undo().annotation == store.words("ada", [("q", "b")])[0]
    ada.undo()
    assert contents(store) == {("bob", "q", "a"): Content("unsure")}
    ada.redo()
    assert contents(store)[("ada", "q", "a")] == Content("match")
    ada.verdict("unsure", ("q", "c"))
    with pytest.raises(AnnotationError, match="nothing to redo"):
        ada.redo()


def test_undo_and_redo_survive_a_restart(tmp_path):
    store = AnnotationStore(tmp_path / "a.sqlite")
    ada = Author(store)
    ada.verdict("match", ("q", "a"))
    ada.verdict("no match", ("q", "b"))
    ada.undo()
    store.close()
    again = AnnotationStore(tmp_path / "a.sqlite")
    ada = Author(again)
    assert ada.redo().annotation.content == Content("no match")
    ada.undo()
    ada.undo()
    assert again.annotations() == ()
    with pytest.raises(AnnotationError, match="nothing to undo"):
        ada.undo()
    again.close()


def test_undoing_everything_returns_the_start_and_keeps_the_log(store, ada):
    for number in range(40):
        ada.verdict(VERDICTS[number % 5], ("q", f"i{number % 7}"))
    n_steps = len(store.events())
    for _ in range(n_steps):
        ada.undo()
    assert store.annotations() == ()
    assert len(store.events()) == 2 * n_steps
    assert store.line("ada")[0] is None


def test_two_windows_of_one_author_clash_in_one_sentence_and_lose_nothing(store, ada):
    other = Author(store, "ada")
    ada.verdict("match")
    with pytest.raises(ConflictError, match=r"stands at 'match' \(version 1, yours was 0\)"):
        other.verdict("no match")
    assert contents(store) == {("ada", "q", "a"): Content("match")}
    other.versions[("q", "a")] = 1
    other.verdict("no match")
    assert [e.after.verdict for e in store.events()] == ["match", "no match"]


def test_a_version_that_was_never_reached_is_a_clash_too(store, ada):
    ada.versions[("q", "a")] = 3
    with pytest.raises(ConflictError, match=r"stands at 'no verdict' \(version 0, yours was 3\)"):
        ada.verdict("match")
    assert store.events() == ()


def test_an_undo_of_another_windows_change_is_refused(store, ada):
    seen = ada.verdict("match").undoable
    Author(store, "ada").verdict("unsure", ("q", "b"))
    with pytest.raises(ConflictError, match="another window"):
        store.undo("ada", "u", seen)


def test_two_authors_at_once_lose_nothing(store):
    pairs = [("q", f"i{number}") for number in range(100)]

    def work(name: str) -> None:
        author = Author(store, name)
        for number, pair in enumerate(pairs):
            author.verdict(VERDICTS[(number + len(name)) % 5], pair)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("ada", "grace")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {
        (name, *pair): Content(VERDICTS[(number + len(name)) % 5])
        for name in ("ada", "grace")
        for number, pair in enumerate(pairs)
    }
    assert contents(store) == expected


def test_an_action_name_belongs_to_its_author(store, ada):
    ada.verdict("match", action="one")
    with pytest.raises(AnnotationError, match="another author"):
        Author(store, "bob").verdict("match", action="one")


def test_an_action_name_belongs_to_its_author_whoever_comes_first_in_the_alphabet(store, ada):
    Author(store, "bob").verdict("match", action="one")
    with pytest.raises(AnnotationError, match="another author"):
        ada.verdict("match", action="one")


@pytest.mark.parametrize("name", ["x", "x" * 64])
def test_an_action_name_has_1_to_64_characters(ada, name):
    assert ada.verdict("match", action=name).annotation.version == 1


@pytest.mark.parametrize("name", ["", "x" * 65, "a\x00b"])
def test_an_action_name_that_cannot_be_kept_is_refused(store, name):
    with pytest.raises(AnnotationError, match="An action's name has 1 to 64 characters"):
        store.apply(Change(name, "ada", "q", "a", "verdict", "match", 0))
    assert store.events() == ()


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\x00b", "\u202eada"])
def test_a_name_that_cannot_be_shown_is_refused(store, name):
    with pytest.raises(AnnotationError, match="author's name"):
        Author(store, name).verdict("match")


@pytest.mark.parametrize(
    ("op", "value"),
    [
        ("verdict", "maybe"),
        ("verdict", ("match",)),
        ("tags", "glare"),
        ("tags", ("x" * 41,)),
        ("tags", tuple("abcdefghijklmn")),
        ("tags", ("a,b",)),
        ("tags", ("a\x07",)),
        ("note", None),
        ("note", "x" * 2001),
        ("note", "bell\x07"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_is_written(store, ada, op, value):
    with pytest.raises(AnnotationError):
        ada.set(op, value)
    assert store.events() == ()


def test_the_log_cannot_be_rewritten(store, ada, tmp_path):
    ada.verdict("match")
    with sqlite3.connect(tmp_path / "a.sqlite") as db:
        for statement in ("UPDATE event SET author = 'eve'", "DELETE FROM event"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(statement)
    db.close()


def test_an_import_adds_but_never_overwrites(store, ada):
    ada.verdict("match", ("q", "a"))
    ada.verdict("match", ("q", "b"))
    rows = [
        Imported("ada", "q", "a", Content("no match")),
        Imported("ada", "q", "b", Content("match")),
        Imported("bob", "q", "a", Content("unsure", ("glare",), "hm")),
    ]
    assert store.add_imported(rows, "ada", "file") == ImportCounts(1, 1, 1)
    assert store.add_imported(rows, "ada", "file again") == ImportCounts(0, 2, 1)
    assert contents(store, "bob") == {("bob", "q", "a"): Content("unsure", ("glare",), "hm")}
    assert store.events()[-1].imported_by == "ada"
    assert store.line("bob") == (None, None)


def test_a_redo_onto_an_import_is_refused(store, ada):
    ada.verdict("match")
    ada.undo()
    pair = [Imported("ada", "q", "a", Content("unsure"))]
    assert store.add_imported(pair, "ada", "file").n_kept == 1


def test_a_selection_keeps_its_order(store):
    assert store.select("ada", [("q", "b"), ("q", "a")]) == 2
    assert store.select("ada", [("q", "a"), ("q", "c")]) == 3
    assert store.selection("ada") == (("q", "b"), ("q", "a"), ("q", "c"))
    assert store.selection("bob") == ()
    store.clear_selection("ada")
    assert store.selection("ada") == ()


def test_pairs_selected_one_after_another_stay_in_that_order(store):
    for image in "zam":
        store.select("ada", [("q", image)])
    assert store.selection("ada") == (("q", "z"), ("q", "a"), ("q", "m"))


def test_a_damaged_file_gives_one_sentence(tmp_path):
    (tmp_path / "a.sqlite").write_bytes(b"this is not a database" * 100)
    with pytest.raises(WorkspaceError, match=r"a\.sqlite"):
        AnnotationStore(tmp_path / "a.sqlite")


def test_a_newer_file_is_refused(tmp_path):
    AnnotationStore(tmp_path / "a.sqlite").close()
    with sqlite3.connect(tmp_path / "a.sqlite") as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(WorkspaceError, match="newer version"):
        AnnotationStore(tmp_path / "a.sqlite")


def test_a_full_disk_is_one_sentence_and_loses_nothing(store, ada):
    ada.verdict("match")
    (pages,) = store._log.db.execute("PRAGMA page_count").fetchone()
    store._log.db.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for number in range(200):
            ada.set("note", "n" * 2000, ("q", f"i{number}"))

    with pytest.raises(WorkspaceError, match="free disk space"):
        fill()
    store._log.db.execute("PRAGMA max_page_count = 1073741823")
    assert contents(store)[("ada", "q", "a")] == Content("match")
    ada.verdict("no match")
    assert contents(store)[("ada", "q", "a")] == Content("no match")


PAIRS = st.sampled_from([("q1", "a"), ("q1", "b"), ("q2", "a")])
WORDS = st.one_of(
    st.tuples(st.just("verdict"), st.none() | st.sampled_from(VERDICTS)),
    st.tuples(st.just("tags"), st.sampled_from([(), ("glare",), ("glare", "crop")])),
    st.tuples(st.just("note"), st.sampled_from(["", "n1", "n2"])),
)
NAMES = st.sampled_from(["ada", "bob"])


class Log(RuleBasedStateMachine):
    """The store against a naive model: a dictionary of words and two lists per author."""

    folder = None
    n_replayed = 0

    def __init__(self) -> None:
        super().__init__()
        Log.count = getattr(Log, "count", 0) + 1
        self.path = Log.folder / f"{Log.count}.sqlite"
        self.store = AnnotationStore(self.path)
        self.n = 0
        self.words: dict[tuple[str, str, str], Content] = {}
        self.done: dict[str, list] = {"ada": [], "bob": []}
        self.undone: dict[str, list] = {"ada": [], "bob": []}

    def action(self) -> str:
        self.n += 1
        return str(self.n)

    @rule(name=NAMES, pair=PAIRS, word=WORDS)
    def change(self, name, pair, word):
        op, value = word
        seen = self.store.words(name, [pair])[0]
        self.store.apply(Change(self.action(), name, *pair, op, value, seen.version))
        before = self.words.get((name, *pair), Content())
        after = Content(**{**{f: getattr(before, f) for f in Content.__slots__}, op: value})
        if after != before:
            self.words[(name, *pair)] = after
            self.done[name].append(((name, *pair), before, after))
            self.undone[name].clear()

    @rule(name=NAMES)
    def undo(self, name):
        if not self.done[name]:
            with pytest.raises(AnnotationError):
                self.store.undo(name, self.action())
            return
        self.store.undo(name, self.action())
        key, before, after = self.done[name].pop()
        self.undone[name].append((key, before, after))
        self.words[key] = before

    @rule(name=NAMES)
    def redo(self, name):
        if not self.undone[name]:
            with pytest.raises(AnnotationError):
                self.store.redo(name, self.action())
            return
        self.store.redo(name, self.action())
        key, before, after = self.undone[name].pop()
        self.done[name].append((key, before, after))
        self.words[key] = after

    @precondition(lambda self: self.n % 5 == 4)
    @rule()
    def restart(self):
        self.store.close()
        self.store = AnnotationStore(self.path)

    @invariant()
    def the_store_says_what_the_model_says(self):
        said = {key: content for key, content in self.words.items() if content != Content()}
        assert contents(self.store) == said

    @invariant()
    def the_state_is_a_replay_of_the_log(self):
        replayed: dict[tuple[str, str, str], Annotation] = {}
        for event in self.store.events():
            key = (event.author, event.query_id, event.image_id)
            before = replayed.get(key, Annotation(*key))
            assert (event.before, event.version) == (before.content, before.version + 1)
            replayed[key] = Annotation(*key, event.after, event.version, event.id, event.created_at)
            Log.n_replayed += 1
        now = {(a.author, a.query_id, a.image_id): a for a in self.store.annotations()}
        assert now == {k: a for k, a in replayed.items() if a.content != Content()}

    def teardown(self):
        self.store.close()


def test_any_order_of_actions_and_restarts_is_a_replay_of_the_log(tmp_path):
    Log.folder, Log.n_replayed = tmp_path, 0
    Log.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
    case = Log.TestCase()
    case.runTest()
    assert Log.n_replayed > 100, "the log that is replayed holds something"


WRITER = """
import sys
from pathlib import Path
from core.annotation.store import AnnotationStore
from core.types.annotation import Change
store = AnnotationStore(Path(sys.argv[1]))
n = len(store.events())
while True:
    store.apply(Change(f"a{n}", "ada", "q", f"i{n}", "verdict", "match", 0))
    n += 1
    print(n, flush=True)
"""


@pytest.mark.parametrize("rounds", [5, pytest.param(50, marks=pytest.mark.faults)])
def test_a_killed_writer_loses_no_acknowledged_action(tmp_path, rounds):
    path = tmp_path / "a.sqlite"
    for number in range(rounds):
        acknowledged = kill_writer(WRITER, path, 0.02 * (number % 5 + 1))
        store = AnnotationStore(path)
        events = store.events()
        assert len(events) >= acknowledged
        assert [e.image_id for e in events] == [f"i{n}" for n in range(len(events))]
        assert len(store.annotations()) == len(events)
        store.close()
