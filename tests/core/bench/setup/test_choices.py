"""Model, prompt and compression from the page: what is offered, refused, asked for, and planned."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.assembly.bench import open_workbench
from core.bench.setup.choices import AS_OPENED, EMBEDDED
from core.errors import SettingsError
from core.settings import POCKET_MODEL, load_settings
from core.types.orders import Fusion
from core.types.pairs import PromptText
from core.types.setting import SettingWish
from tests.core.stand_ins import ColourScorer, ColourTower, make_workbench


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    (made / "pickled").mkdir(parents=True)
    (made / "pickled/config.json").write_text('{"model_type": "qwen2_5_vl"}')
    (made / "pickled/model.bin").write_bytes(b"x")
    shutil.copytree(POCKET_MODEL, made / "copy")
    return made


@pytest.fixture
def bench(tiny_corpus_root, tmp_path, root):
    opened = make_workbench(tiny_corpus_root, tmp_path / "w", **{"serve.roots": (root,)})
    yield opened
    opened.close()


def prepared(bench) -> list[str]:
    """Let the planned work run to its end; return the stages seen."""
    return [f"{status.state} {status.stage}" for status in bench.jobs.watch()]


def test_the_present_setting_is_a_wish_that_changes_nothing(bench):
    check = bench.setting.check(bench.setting.wish())
    assert (check.faults, check.is_present, check.changes_model) == ((), True, False)
    with pytest.raises(SettingsError, match="present setting"):
        bench.setting.request(bench.setting.wish())
    assert not bench.reopening.switch.is_set()


def test_models_are_the_embedded_one_and_those_below_the_root(bench):
    found = {one.key: one.folder.problem for one in bench.setting.models() if one.folder}
    assert list(found) == [EMBEDDED, "root/copy", "root/pickled"]
    assert found["root/copy"] is None
    assert "only pickle weights" in found["root/pickled"]


def test_the_model_of_the_start_stays_on_offer_without_its_path(bench, tmp_path):
    elsewhere = tmp_path / "elsewhere/first"
    shutil.copytree(POCKET_MODEL, elsewhere)
    bench.setting.offer(str(elsewhere))
    found = {one.key: one.name for one in bench.setting.models()}
    assert found[AS_OPENED] == "first (as started)"
    bench.setting.request(replace(bench.setting.wish(), model=AS_OPENED))
    assert bench.reopening.overrides["model.name"] == str(elsewhere)


def test_another_model_is_asked_for_by_its_folder(bench, root):
    wish = replace(bench.setting.wish(), model="root/copy")
    check = bench.setting.check(wish)
    assert check.changes_model
    assert check.memory is not None
    assert check.memory.dtype == "float32"
    bench.setting.request(wish)
    assert bench.reopening.overrides == {
        "model.name": str((root / "copy").resolve()),
        "model.prompt": "object",
        "model.compression": "none",
    }
    assert bench.reopening.states_cost


def test_a_model_larger_than_the_free_memory_is_refused(bench, root):
    import json
    import struct

    weights = root / "copy/model.safetensors"
    shape = [2**31, 2**10]
    header = json.dumps({"w": {"dtype": "BF16", "shape": shape, "data_offsets": [0, 0]}}).encode()
    weights.write_bytes(struct.pack("<Q", len(header)) + header)
    check = bench.setting.check(replace(bench.setting.wish(), model="root/copy"))
    (fault,) = check.faults
    assert "copy takes 4398.05 GB in bfloat16" in fault
    assert "choose a smaller model or `--quantise 4bit`" in fault


@pytest.mark.parametrize(
    "key",
    [
        "../elsewhere",
        "root/../elsewhere",
        "root/link",
        "/etc",
        "other/copy",
        "root/none",
        "root/\0",
        "root/" + "x" * 5000,
        "<script>",
        "",
    ],
)
def test_only_folders_below_the_root_are_opened(bench, root, tmp_path, key):
    shutil.copytree(POCKET_MODEL, tmp_path / "elsewhere")
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (fault,) = bench.setting.check(replace(bench.setting.wish(), model=key)).faults
    assert "no folder below a root" in fault
    assert len(fault) < 400
    with pytest.raises(SettingsError):
        bench.setting.request(replace(bench.setting.wish(), model=key))
    assert not bench.reopening.switch.is_set()


def test_all_faults_are_told_at_once(bench):
    wish = SettingWish("root/pickled", " ", "sideways", "int99")
    faults = bench.setting.check(wish).faults
    assert len(faults) == 3
    assert "pickle" in faults[0]
    assert "question" in faults[1]
    assert "int99" in faults[2]


@pytest.mark.parametrize("text", ["divprune", "x" * 5000, "int8+int4", "none,query:int8", ""])
def test_a_wrong_compression_is_one_sentence(bench, text):
    (fault,) = bench.setting.check(replace(bench.setting.wish(), compression=text)).faults
    assert fault.endswith(".")
    assert len(fault) < 400


def test_a_compression_is_asked_for_in_its_one_spelling(bench):
    bench.setting.request(replace(bench.setting.wish(), compression=" int8 + divprune:8 "))
    assert bench.reopening.overrides["model.compression"] == "divprune:8+int8"


@pytest.mark.parametrize(
    ("question", "layout", "setting"),
    [
        ("Do these two images show the same product? Answer yes or no.", "", "product"),
        (
            "Do these two images show the same object? Answer yes or no.",
            "question_first",
            "object:question_first",
        ),
        ("Same thing?", "", "Same thing?"),
        ("Same thing?", "question_first", "question_first:Same thing?"),
        ("object: the same?", "", "images_then_question:object: the same?"),
    ],
)
def test_a_prompt_is_asked_for_as_settings_write_it(bench, question, layout, setting):
    wish = replace(bench.setting.wish(), question=question, layout=layout or "images_then_question")
    bench.setting.request(wish)
    assert bench.reopening.overrides["model.prompt"] == setting


def test_a_saved_prompt_can_be_chosen(bench):
    bench.prompts.save(PromptText("mine", "The very same?", "question_first"))
    saved = next(one for one in bench.prompts.all() if one.name == "mine")
    wish = replace(bench.setting.wish(), question=saved.question, layout=saved.layout)
    assert bench.setting.check(wish).faults == ()


def test_without_a_root_one_sentence_names_the_option(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    facts = bench.setting.present()
    assert facts.refusal is not None
    assert "--root FOLDER" in facts.refusal
    assert facts.compression == "none"
    assert (bench.setting.models(), bench.setting.sizes()) == ((), ())
    with pytest.raises(SettingsError, match="--root FOLDER"):
        bench.setting.request(replace(bench.setting.wish(), compression="int8"))
    bench.close()


def test_a_server_scores_uncompressed_only(tiny_corpus_root, tmp_path, root):
    bench = make_workbench(
        tiny_corpus_root,
        tmp_path / "w",
        **{"serve.roots": (root,), "model.name": "http://user:secret@localhost:9/v1#m"},
    )
    (fault,) = bench.setting.check(replace(bench.setting.wish(), compression="int8")).faults
    assert "server" in fault
    names = [one.name for one in bench.setting.models()]
    assert "m at http://localhost:9/v1 (as started)" in names
    assert "secret" not in repr((bench.setting.present(), bench.setting.wish(), names))
    bench.close()


def test_settings_differ_in_their_id(tiny_corpus_root, tmp_path):
    ids = set()
    others = ({"model.prompt": "product"}, {"model.compression": "int8"})
    for name, changed in enumerate(({}, *others, {"ranking.scorer": "maxsim"})):
        bench = make_workbench(tiny_corpus_root, tmp_path / str(name), **changed)
        ids.add(bench.setting.present().setting_id)
        bench.close()
    assert len(ids) == 4


def test_a_new_compression_states_its_cost_and_waits(tiny_corpus_root, tmp_path):
    workspace = tmp_path / "w"
    first = make_workbench(tiny_corpus_root, workspace, **{"ranking.depth": 4})
    first.jobs.start_preparation()
    prepared(first)
    before = first.runs.outcomes(Fusion(4, 0.0, 1.0))
    first.close()

    tower, scorer = ColourTower(), ColourScorer()
    changed = {"ranking.depth": 4, "model.compression": "int8"}
    second = make_workbench(tiny_corpus_root, workspace, tower=tower, scorer=scorer, **changed)
    second.jobs.start_plan()
    assert prepared(second)[-1] == "idle "
    plan = second.jobs.plan()
    assert plan is not None
    assert (plan.n_images, plan.n_to_encode, plan.n_pairs, plan.n_to_score) == (8, 6, 16, 16)
    assert plan.n_bytes == 6 * (16 * (3 + 4) + 16 * 2 * 2 + 36)
    assert plan.seconds is not None
    assert plan.seconds == pytest.approx(
        6 * (plan.seconds_per_image or 0) + 16 * (plan.seconds_per_pair or 0)
    )
    # never the old numbers under the new name
    assert second.runs.outcomes(Fusion(4, 0.0, 1.0)) == ()
    second.jobs.start_preparation()
    assert prepared(second)[-1] == "done evaluate"
    assert second.jobs.plan() is None
    assert second.runs.index_counts()["n_encoded"] == 6
    second.close()

    scorer = ColourScorer()
    back = make_workbench(tiny_corpus_root, workspace, scorer=scorer, **{"ranking.depth": 4})
    back.jobs.start_plan()
    assert prepared(back)[-1] == "done evaluate"  # nothing was missing, so it did not wait
    assert back.runs.outcomes(Fusion(4, 0.0, 1.0)) == before
    assert scorer.n_scored == 0
    back.close()


def test_what_is_scored_already_is_not_counted(tiny_corpus_root, tmp_path):
    first = make_workbench(tiny_corpus_root, tmp_path / "w", **{"ranking.depth": 4})
    list(first.runs.build_index())
    list(first.queries.score("images/disc_q.png", 4))
    first.close()
    again = make_workbench(tiny_corpus_root, tmp_path / "w", **{"ranking.depth": 4})
    again.jobs.start_plan()
    prepared(again)
    plan = again.jobs.plan()
    assert plan is not None
    assert (plan.n_to_encode, plan.n_pairs, plan.n_to_score, plan.n_bytes) == (0, 16, 12, 0)
    assert again.queries.inspect("images/disc_q.png", Fusion(4, 0.0, 1.0)).n_pending == 0
    again.close()


def test_a_broken_image_is_no_work_to_come(tiny_corpus_root, tmp_path):
    broken = tiny_corpus_root / "images/disc_2.png"
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
    first = make_workbench(tiny_corpus_root, tmp_path / "w")
    first.jobs.start_preparation()
    assert prepared(first)[-1] == "done evaluate"
    first.close()
    again = make_workbench(tiny_corpus_root, tmp_path / "w")
    again.jobs.start_plan()
    assert prepared(again)[-1] == "done evaluate"  # it did not wait
    again.close()


def test_a_plan_that_fails_tells_why_and_can_be_tried_again(tiny_corpus_root, tmp_path):
    class Broken(ColourTower):
        is_broken = True

        def encode(self, images):
            from core.errors import ModelError

            if self.is_broken:
                raise ModelError("The model broke; take another.")
            return super().encode(images)

    tower = Broken()
    bench = make_workbench(tiny_corpus_root, tmp_path / "w", tower=tower)
    bench.jobs.start_plan()
    prepared(bench)
    status = bench.jobs.status()
    assert (status.state, status.error) == ("failed", "The model broke; take another.")
    tower.is_broken = False
    bench.jobs.start_preparation()
    prepared(bench)
    assert bench.jobs.plan() is not None
    assert bench.jobs.status().state == "idle"
    bench.close()


def test_the_plan_of_the_real_model_tells_what_the_store_takes(tiny_corpus_root, tmp_path):
    """Planned bytes against stored ones; the difference is the header of one shard."""
    for text in ("none", "divprune:8+int4", "pool", "jpeg:64"):
        settings = {
            "corpus": tiny_corpus_root,
            "workspace": tmp_path / text.replace(":", ""),
            "model.compression": text,
            "model.device": "cpu",
            "serve.roots": (tmp_path,),
        }
        bench = open_workbench(load_settings(None, settings))
        bench.jobs.start_plan()
        prepared(bench)
        plan = bench.jobs.plan()
        assert plan is not None
        assert plan.n_pairs_timed > 0
        size = next(one for one in bench.setting.sizes() if one.compression == text)
        list(bench.runs.build_index())
        stored = bench.runs.index_counts()["bytes_per_image"]
        assert size.n_images == 6
        assert size.n_bytes is not None
        if text != "jpeg:64":  # files differ in size and rows are padded to the longest
            assert 0 < stored - size.n_bytes < 100
        bench.close()


def test_closing_gives_the_models_back(bench):
    import gc
    import weakref

    list(bench.runs.build_index())
    seen = weakref.ref(bench.setting._session.models().indexer)
    bench.close()
    gc.collect()
    assert seen() is None
