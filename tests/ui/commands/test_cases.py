"""The inputs that people really bring, one folder each, through the command line."""

import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from core.assembly.bench import open_workbench
from core.settings import load_settings
from tests.conftest import draw_tiny_corpus
from tests.core.stand_ins import ColourModels, ColourScorer, ColourTower
from tests.shared import shared
from ui.commands import build_cli


def _open(config, overrides):
    settings = load_settings(config, overrides)
    return settings, open_workbench(settings, ColourModels(ColourTower(), ColourScorer()).load)


@pytest.fixture
def case(tmp_path):
    """A function that runs a command on a copy of one case; `W` is its workspace."""

    class Case:
        folder = tmp_path / "case"
        workspace = tmp_path / "w corpus"

        def copy(self, name: str) -> Path:
            shutil.copytree(shared(f"cases/{name}"), self.folder, symlinks=True)
            for path in [self.folder, *self.folder.rglob("*")]:
                path.chmod(0o755 if path.is_dir() else 0o644)
            return self.folder

        def run(self, *arguments: object, corpus: str = "corpus", exit_code: int = 0):
            place = ("--corpus", self.folder / corpus, "--workspace", tmp_path / f"w {corpus}")
            words = [str(one) for one in (*arguments, *place)]
            result = CliRunner().invoke(build_cli(_open), words)
            assert result.exit_code == exit_code, result.output
            assert "Traceback" not in result.output
            return result

    return Case()


@pytest.mark.parametrize(
    ("name", "n_images", "said"),
    [
        ("02-table-semicolon", 9, "a byte-order mark; ';' between columns"),
        ("03-table-blank-rows", 9, "3 blank rows skipped"),
        ("04-table-float-boxes", 9, "boxes with fractions, rounded outwards to whole pixels (9)"),
        ("05-table-capital-role", 9, "roles in another case or with blanks (3)"),
        ("06-names-nfd", 9, "names in another Unicode form (9)"),
    ],
)
def test_a_manifest_with_one_reading_is_read_and_one_line_says_how(case, name, n_images, said):
    case.copy(name)
    result = case.run("index", "--json")
    report = json.loads(result.stdout)["corpus"]
    assert (report["n_images"], report["n_unreadable"]) == (n_images, 0)
    assert report["assumed"] == [f"manifest.csv was read with {said}"]
    assert f"manifest.csv was read with {said}." in result.stderr


def test_boxes_of_detectors_are_rounded_outwards(case):
    from core.corpus.manifest import open_corpus
    from core.types.corpus import Box

    corpus = open_corpus(case.copy("04-table-float-boxes") / "corpus")
    boxes = {record.box for record in corpus.queries + corpus.database}
    assert boxes == {Box(10, 3, 81, 100)}


def test_names_in_the_other_unicode_form_keep_the_manifest_s_ids(case):
    folder = case.copy("06-names-nfd")
    report = json.loads(case.run("evaluate", "--json").stdout)
    assert (report["n_queries"], report["n_database"]) == (3, 6)
    names = (folder / "corpus/manifest.csv").read_text("utf-8").splitlines()[1:]
    file = folder / "scores.jsonl"
    case.run("export", file)
    exported = {json.loads(line)["query"] for line in file.read_text("utf-8").splitlines()}
    assert exported == {name.split(",")[0] for name in names if ",query," in name}


@pytest.mark.parametrize(
    ("corpus", "n_images", "reason"),
    [("corpus", 4, "has bytes that no text can hold"), ("corpus2", 4, "has a backslash")],
)
def test_a_file_with_an_unusable_name_is_listed_and_the_run_goes_on(case, corpus, n_images, reason):
    case.copy("07-plain-folder-one-bad-name")
    report = json.loads(case.run("index", "--json", corpus=corpus).stdout)["corpus"]
    assert report["n_searchable"] == n_images
    (kind,) = report["left_out"]
    assert (kind["kind"], kind["n"]) == ("unusable name", 1)
    assert reason in kind["examples"][0]


def test_what_is_left_out_is_counted_by_kind(case):
    case.copy("10-files-left-out")
    result = case.run("index")
    assert "12 images with the queries, 12 readable" in result.stdout
    assert "left out: 6 (3 HEIC, 3 TIFF)" in result.stdout
    result = case.run("index", corpus="corpus2")
    assert "6 of 6 database images can be searched" in result.stdout
    assert "left out: 1 (1 copies for programs)" in result.stdout


@pytest.mark.parametrize(
    ("rows", "read", "said"),
    [
        ("i/o0_0.jpg,i/o0_1.jpg,2\ni/o0_0.jpg,i/o1_1.jpg,1\ni/o0_0.jpg,i/o0_2.jpg,0\n",
         "manifest.csv and relevance.csv (grades: above 0 positive, 0 negative, -1 junk)", []),
        ("i/o0_0.jpg,i/o0_1.jpg,Positive\n", "manifest.csv and relevance.csv",
         ["relevance.csv was read with labels in another case (1)"]),
    ],
)  # fmt: skip
def test_grades_and_words_are_labels_and_the_receipt_says_which(case, rows, read, said):
    folder = case.copy("12-relevance-grades")
    with (folder / "corpus/relevance.csv").open("a") as file:
        file.write(rows)
    assert json.loads(case.run("index", "--json").stdout)["corpus"]["assumed"] == said
    report = json.loads(case.run("evaluate", "--json").stdout)
    assert report["receipt"]["labels"] == read


def test_the_groups_of_an_attribute_tell_its_values_apart(case):
    case.copy("08-numeric-attributes")
    by = json.loads(case.run("evaluate", "--json").stdout)["by"]
    assert next(iter(by["year"])) == "Q1 (2001 to 2004)"
    assert next(iter(by["when"])) == "Q1 (2023-11-14 to 2023-11-17)"
    for column in ("inf", "dist_nan", "dist_na"):
        assert len(by[column]) == 5
        assert by[column]["missing"]["n"] == 1
    assert next(iter(by["dist_comma"])) == "Q1 (0.5 to 3.5)"
    assert "bool" not in by  # True and TRUE are one value, which says nothing
    assert "light" not in by


@pytest.mark.parametrize(
    ("file", "n_pairs", "said"),
    [
        ("ok.csv", 48, ""),
        ("tsv.tsv", 48, "tsv.tsv was read with tabs between columns"),
        ("caps.csv", 48, "caps.csv was read with column names in another case"),
        ("blank.csv", 48, "blank.csv was read with 3 blank rows skipped"),
        ("j.json", 48, ""),
        ("dot.csv", 1, "dot.csv was read with ./ and // in paths (1)"),
    ],
)
def test_score_files_with_one_reading_are_read(case, file, n_pairs, said):
    folder = case.copy("11-score-files")
    found = json.loads(case.run("import", folder / file, "--name", "x", "--json").stdout)
    assert (found["n_pairs"], found["assumed"]) == (n_pairs, said)
    assert said in case.run("import", folder / file, "--name", "x").stderr


@pytest.mark.parametrize("maker", ["m255", "m01", "m16", "malpha"])
def test_every_maker_s_mask_has_the_same_coverage(case, maker):
    from core.corpus.images import ImageOpener
    from core.corpus.manifest import open_corpus

    folder = case.copy("09-masks") / maker
    corpus = open_corpus(folder)
    masks = [ImageOpener(folder).load_mask(record) for record in corpus.database]
    assert [mask.mean() for mask in masks] == [0.25] * 6
    Image.new("L", (96, 96)).save(folder / "m/o0_1.png")
    report = json.loads(case.run("index", "--json", corpus=maker).stdout)["corpus"]
    assert report["n_unreadable"] == 0
    (one,) = report["masks_unusable"]
    assert one["image_id"] == "i/o0_1.jpg"


def test_a_file_replaced_under_the_same_times_is_seen(case):
    corpus = case.folder / "corpus"
    draw_tiny_corpus(corpus)
    for path in sorted((corpus / "images").iterdir()):
        Image.open(path).convert("RGB").save(path, "BMP")
    case.run("evaluate", "--json")
    assert json.loads(case.run("verify", "--json").stdout)["images"] == {}
    replaced, other = corpus / "images/disc_1.png", corpus / "images/cross_1.png"
    status = replaced.stat()
    replaced.write_bytes(other.read_bytes())
    os.utime(replaced, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert replaced.stat().st_size == status.st_size
    found = json.loads(case.run("verify", "--json", exit_code=1).stdout)
    assert list(found["images"]) == ["images/disc_1.png"]
    assert "run `index` again" in found["images"]["images/disc_1.png"]
    again = json.loads(case.run("evaluate", "--json").stdout)
    shutil.rmtree(case.workspace)
    fresh = json.loads(case.run("evaluate", "--json").stdout)
    assert [again[key] for key in ("map_before", "map_after")] == [
        fresh[key] for key in ("map_before", "map_after")
    ]
    assert json.loads(case.run("verify", "--json").stdout)["images"] == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ranking]\ngamma = inf\nlam = 0.5\nscorer = 'maxsim'\n", "'ranking.gamma' = inf"),
        ("[model]\nthreads = 100000000\n", "'model.threads' = 100000000"),
        ("[model]\ndevice = 'meta'\n", "'model.device' = 'meta'"),
        ("[retrieval]\ndescriptor = ''\n", "'retrieval.descriptor' = ''"),
    ],
)
def test_a_setting_that_would_crash_later_is_refused_before_any_work(case, text, said):
    folder = case.copy("13-settings-that-crash-later")
    (folder / "c.toml").write_text(text)
    result = case.run("evaluate", "--config", folder / "c.toml", exit_code=2)
    assert result.stderr.startswith(f"Setting {said} cannot be used: ")
    assert result.stderr.count("\n") == 1
    assert not case.workspace.exists()


def test_a_value_where_a_section_is_expected_is_one_sentence(case):
    folder = case.copy("01-settings-scalar-section")
    result = case.run("evaluate", "--config", folder / "c.toml", "--depth", 3, exit_code=2)
    assert result.stderr == (
        "Setting 'ranking' = 5 cannot be used: write a section [ranking] with keys.\n"
    )
