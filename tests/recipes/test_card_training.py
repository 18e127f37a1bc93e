"""What is known of the training is what was written down."""

import json

from assets.recipes.pocket_vl.card.training import recorded_training

LOG = (
    'going on\n{"step": 20, "seconds": 31, "answer": 0.5}\n[1]\n'
    '{"step": 40, "seconds": 60, "images": 2880}\n'
    '{"step": 40, "held_out": {"hard": {"auc": 0.9}}}\n'
)


def test_without_a_record_nothing_is_known(tmp_path):
    assert recorded_training(tmp_path, ()) == {
        "steps": None,
        "images": None,
        "pairs": None,
        "seconds": None,
        "others": {},
        "held_out": None,
    }


def test_the_stages_of_a_training_are_added_up(tmp_path):
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_text(LOG)
    second.write_text('{"step": 100, "seconds": 9.5}\n')
    found = recorded_training(tmp_path, (first, second))
    assert (found["steps"], found["seconds"]) == (140, 69.5)
    assert found["images"] is None  # the second stage does not tell
    assert found["held_out"] == {"hard": {"auc": 0.9}}


def test_facts_beside_the_weights_come_first(tmp_path):
    (tmp_path / "facts.json").write_text(json.dumps({"steps": 7, "data": "made-up products"}))
    (tmp_path / "a.log").write_text(LOG)
    found = recorded_training(tmp_path, (tmp_path / "a.log",))
    assert (found["steps"], found["seconds"], found["images"]) == (7, 60, 2880)
    assert found["others"] == {"data": "made-up products"}


def test_what_the_finished_weights_held_out_comes_before_what_a_stage_did(tmp_path):
    numbers = {"hard": {"auc": 0.95}}
    (tmp_path / "facts.json").write_text(json.dumps({"steps": 7, "held_out": numbers}))
    (tmp_path / "a.log").write_text(LOG)
    found = recorded_training(tmp_path, (tmp_path / "a.log",))
    assert found["held_out"] == numbers
    assert found["others"] == {}
