"""Saved wordings come back as they were saved."""

import pytest

from core.errors import SettingsError
from core.storage.prompts import MAX_NAME, saved_prompts
from core.types.pairs import PromptText


def prompt(name: str, question: str = "Same thing?") -> PromptText:
    return PromptText(name, question, "question_first")


def test_prompts_come_back_sorted_by_name(tmp_path):
    saved = saved_prompts(tmp_path / "prompts")
    assert saved.all() == ()
    for one in (prompt("zwei \U0001f984"), prompt("../../eins", "<b>Same?</b>")):
        saved.save(one)
    assert saved.all() == (prompt("../../eins", "<b>Same?</b>"), prompt("zwei \U0001f984"))
    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "prompts"}


def test_a_prompt_of_the_same_name_is_replaced(tmp_path):
    saved = saved_prompts(tmp_path)
    saved.save(prompt("one", "First?"))
    saved.save(prompt("one", "Second?"))
    assert saved.all() == (prompt("one", "Second?"),)


@pytest.mark.parametrize(
    "refused",
    [prompt(" "), prompt("x" * (MAX_NAME + 1)), prompt("one", " "), prompt("one", "?" * 2001)],
)
def test_a_prompt_without_name_or_question_is_refused(tmp_path, refused):
    with pytest.raises(SettingsError):
        saved_prompts(tmp_path).save(refused)
    assert saved_prompts(tmp_path).all() == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "second-look prompt 2"}', "3"])
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "abc.json").write_text(text)
    with pytest.raises(SettingsError, match=r"abc\.json"):
        saved_prompts(tmp_path).all()
