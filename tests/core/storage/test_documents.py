"""Documents: equal when read back, names that are never paths, damage in one sentence."""

from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter

from core.errors import StaleIndexError, WorkspaceError
from core.storage.documents import Documents, hashed_name, json_kind


@dataclass(frozen=True)
class Word:
    name: str
    n: int = 1


KIND = json_kind(TypeAdapter(Word), "Word {folder}/{file} cannot be read; write it again.")


@pytest.fixture
def words(tmp_path):
    return Documents(tmp_path / "words", KIND, lambda word: word.name)


def test_a_folder_that_is_not_there_is_empty(words, tmp_path):
    assert (words.names(), words.all(), words.newest()) == ((), (), None)
    assert words.find("a") is None
    words.remove("a")
    assert not (tmp_path / "words").exists()


def test_values_come_back_by_name_and_the_last_is_the_newest(words):
    for word in (Word("b", 2), Word("ü {0}"), Word("a"), Word("b", 3)):
        words.save(word)
    assert words.names() == ("a", "b", "ü {0}")
    assert words.all() == tuple(words.readable()) == (Word("a"), Word("b", 3), Word("ü {0}"))
    assert words.newest() == Word("ü {0}")
    assert words.find("b") == Word("b", 3)
    words.remove("b")
    assert words.find("b") is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"n": 1}', b"\xff\xfe", b'{"name": 1}'])
def test_a_damaged_file_is_named_with_its_remedy(words, damage):
    words.save(Word("a"))
    words.save(Word("b {x}")).write_bytes(damage)
    sentence = r"^Word words/b {x}\.json cannot be read; write it again\.$"
    for ask in (words.all, words.newest, lambda: words.find("b {x}")):
        with pytest.raises(StaleIndexError, match=sentence):
            ask()
    assert list(words.readable()) == [Word("a")]


@pytest.mark.parametrize("name", ["../out", "", ".", "..", "x/../../out", "a\0", "n" * 5000, "*"])
def test_a_name_is_never_a_path(words, tmp_path, name):
    words.save(Word("a"))
    (tmp_path / "out.json").write_text('{"name": "out"}')
    assert words.find(name) is None
    words.remove(name)
    assert (tmp_path / "out.json").exists()
    assert words.names() == ("a",)


@pytest.mark.parametrize("name", ["../out", "sub/out", "{folder}/out"])
def test_a_value_is_not_written_outside_the_folder(words, tmp_path, name):
    with pytest.raises(AssertionError):
        words.save(Word(name.format(folder=tmp_path)))
    assert list(tmp_path.rglob("*.json")) == []


def test_the_folders_above_are_made_with_the_first_value(tmp_path):
    words = Documents(tmp_path / "new" / "words", KIND, lambda word: word.name)
    words.save(Word("a"))
    assert words.all() == (Word("a"),)


def test_a_value_is_stored_as_json_with_a_line_for_each_field(words):
    assert words.save(Word("a", 2)).read_text() == '{\n "name": "a",\n "n": 2\n}'


def test_what_cannot_be_written_leaves_the_old_value(words, tmp_path, monkeypatch):
    words.save(Word("a"))
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(WorkspaceError, match="no space left"):
        words.save(Word("a", 2))
    assert words.all() == (Word("a"),)
    assert [path.name for path in (tmp_path / "words").iterdir()] == ["a.json"]


def test_one_file_may_be_missing(tmp_path):
    assert KIND.load_if_there(tmp_path / "a.json") is None
    KIND.save(tmp_path / "a.json", Word("a"))
    assert KIND.load_if_there(tmp_path / "a.json") == Word("a")


def test_a_typed_name_becomes_a_file_name_of_its_own():
    assert hashed_name("../a") == hashed_name("../a") != hashed_name("a")
    assert hashed_name("../a").isalnum()


def test_a_stored_name_is_found_under_the_file_name_it_always_had():
    # the first 16 digits of the SHA-256 of "abc" (FIPS 180-2, appendix B.1)
    assert hashed_name("abc") == "ba7816bf8f01cfea"
