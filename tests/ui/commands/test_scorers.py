"""MaxSim, thinning, import and export on the command line - on drawn images."""

import csv
import json

import pytest

from tests.ui.commands.test_commands import EVALUATE_FIELDS, Cli

QUERY = "images/disc_q.png"
MEANS = ("map_before", "map_after", "map_oracle", "r1_before", "r1_after", "delta_ci95", "by")


@pytest.fixture
def run(tiny_corpus_root, tmp_path):
    place = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")

    def invoke(verb, *arguments):
        return Cli()(verb, *arguments, *place)

    return invoke


@pytest.fixture
def report(run):
    def invoke(*arguments):
        result = run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return invoke


def test_evaluate_by_maxsim_has_every_field_and_its_own_receipt(report):
    found = report("evaluate", "--scorer", "maxsim", "--depth", 4)
    assert set(found) >= EVALUATE_FIELDS
    assert (found["scorer"], found["n_unscored"], found["cached_pairs"]) == ("maxsim", 0, 0)
    assert "mean over query tokens of the best cosine" in found["receipt"]["score"]
    again = report("evaluate", "--scorer", "maxsim", "--depth", 4)
    assert again["cached_pairs"] == 16
    assert [again[key] for key in MEANS] == [found[key] for key in MEANS]
    other = report("evaluate", "--depth", 4)
    assert other["cached_pairs"] == 0  # another scorer, other scores
    assert other["receipt"]["score fingerprint"] != found["receipt"]["score fingerprint"]


@pytest.mark.parametrize("scorer", ["mllm", "maxsim"])
@pytest.mark.parametrize("extension", ["csv", "jsonl", "trec", "run", "json"])
def test_a_scorers_own_scores_come_back_with_exactly_the_same_map(
    run, report, tmp_path, scorer, extension
):
    file = tmp_path / f"theirs.{extension}"
    exported = report("export", file, "--scorer", scorer, "--depth", 5)
    facts = {"file": str(file), "what": "scores", "n_queries": 4, "scorer": scorer}
    assert exported == facts
    imported = report("import", file)
    assert (imported["name"], imported["n_pairs"], imported["scorer"]) == (
        "theirs",
        20,
        "import:theirs",
    )
    own = report("evaluate", "--scorer", scorer, "--depth", 5)
    theirs = report("evaluate", "--scorer", "import:theirs", "--depth", 5)
    assert [theirs[key] for key in MEANS] == [own[key] for key in MEANS]
    assert (theirs["seconds_per_query"], theirs["n_unscored"]) == (None, 0)
    assert theirs["receipt"]["imported file sha256"] == imported["sha256"]


def test_other_scores_give_another_map(report, tmp_path):
    file = tmp_path / "theirs.csv"
    report("export", file, "--depth", 5)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    upside_down = "".join(f"{row['query']},{row['image']},{-float(row['score'])}\n" for row in rows)
    file.write_text(f"query,image,score\n{upside_down}")
    report("import", file)
    own, theirs = (
        report("evaluate", "--scorer", scorer, "--depth", 5) for scorer in ("mllm", "import:theirs")
    )
    assert theirs["map_after"] < own["map_after"]
    assert theirs["map_before"] == own["map_before"]


def test_missing_pairs_are_counted_and_withhold_the_map(run, report, tmp_path):
    file = tmp_path / "scores.csv"
    report("export", file, "--depth", 5)
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines[:-3]) + "\n")
    report("import", file)
    found = report("evaluate", "--scorer", "import:scores", "--depth", 5)
    assert (found["n_unscored"], found["map_after"]) == (3, None)
    assert (
        "3 pairs could not be scored"
        in run("evaluate", "--scorer", "import:scores", "--depth", 5).stdout
    )


def test_thinning_scores_only_the_best_and_says_so(report):
    whole = report("evaluate", "--depth", 5)
    thinned = report("evaluate", "--depth", 5, "--thin", 2)
    assert (whole["middle_stage"], thinned["n_unscored"]) == ("none", 0)
    assert thinned["middle_stage"].startswith("MaxSim: of the first 5 the best 2 are scored")
    assert thinned["cached_pairs"] == 4 * 2  # the same scorer: its scores were stored
    assert thinned["map_oracle"] == whole["map_oracle"]
    assert len(thinned["receipt"]["middle stage fingerprint"]) == 64
    fields = ("score fingerprint", "depth")
    assert [thinned["receipt"][f] for f in fields] == [whole["receipt"][f] for f in fields]


def test_a_sweep_by_maxsim_has_scores_and_no_margins(report, run):
    arguments = ("sweep", "--query", QUERY, "--perturbation", "blur", "--scorer", "maxsim")
    (curve,) = report(*arguments)["curves"]
    n = len(curve["levels"])
    assert curve["score"] == "MaxSim"
    assert curve["scores"][0] == pytest.approx(1.0, abs=1e-6)  # the pair self, undamaged
    assert all(-1.0 <= score <= 1.0 for score in curve["scores"])
    assert (curve["margins"], curve["probabilities"]) == ([None] * n, [None] * n)
    assert curve["hard_negative_margin"] is None
    assert 0.0 < curve["hard_negative_score"] < 1.0
    assert curve["breaking"]["reason"] in ("crossed", "never")
    assert "blur: MaxSim +1.0000" in run(*arguments).stdout.replace(" [box assumed]", "")


def test_imported_scores_hold_no_damaged_image_and_have_no_self_test(run, report, tmp_path):
    file = tmp_path / "scores.csv"
    report("export", file, "--depth", 5)
    report("import", file)
    for verb in (("sweep", "--query", QUERY), ("check",)):
        result = run(*verb, "--scorer", "import:scores")
        assert result.exit_code == 2
        assert "--scorer mllm or maxsim" in result.stderr.strip().splitlines()[-1]


def test_check_tests_maxsim_or_the_model(run):
    assert run("check", "--scorer", "maxsim", "--json").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("evaluate", "--scorer", "import:none"), "run `import FILE` first"),
        (("evaluate", "--scorer", "bm25"), "is not known; use one of: mllm[/COMPRESSION], maxsim"),
        (("evaluate", "--thin", 200), "leaves out none"),
        (("evaluate", "--scorer", "maxsim", "--thin", 2), "leave out --thin"),
        (("export", "scores.xlsx"), ".csv, .jsonl"),
        (("import", "none.csv"), "cannot be read"),
        (("import", "none.csv", "--name", "a/b"), "cannot be called 'a/b'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(run, arguments, named):
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert named in result.stderr.strip().splitlines()[-1]


def test_a_faulty_file_lists_its_faults_in_json_too(run, tmp_path):
    file = tmp_path / "scores.csv"
    file.write_text(f"query,image,score\n{QUERY},images/disc_1.png,nan\n{QUERY},none.png,1\n")
    result = run("import", file, "--json")
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert len(found["faults"]) == 2
    assert "1 faulty line, 1 unknown image id" in found["error"]


def test_a_name_is_not_taken_over_without_being_told(run, report, tmp_path):
    file = tmp_path / "scores.csv"
    text = f"query,image,score\n{QUERY},images/disc_1.png,1\n"
    file.write_text(text)
    first = report("import", file)
    assert report("import", file)["fingerprint"] == first["fingerprint"]
    file.write_text(text.replace(",1\n", ",2\n"))
    result = run("import", file)
    assert result.exit_code == 2
    assert "--replace" in result.stderr
    assert report("import", file, "--replace")["fingerprint"] != first["fingerprint"]


def test_an_export_is_best_first_and_leaves_out_what_was_thinned_away(report, tmp_path):
    file = tmp_path / "scores.csv"
    report("export", file, "--depth", 5, "--thin", 2)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert len(rows) == 4 * 2
    by_query: dict[str, list[float]] = {}
    for row in rows:
        by_query.setdefault(row["query"], []).append(float(row["score"]))
    assert all(scores == sorted(scores, reverse=True) for scores in by_query.values())


def test_a_trec_run_cannot_hold_an_id_with_a_space(tiny_corpus_root, tmp_path):
    (tiny_corpus_root / "images/disc_q.png").rename(tiny_corpus_root / "images/disc q.png")
    manifest = tiny_corpus_root / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("disc_q.png", "disc q.png"))
    place = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    result = Cli()("export", tmp_path / "s.trec", *place)
    assert result.exit_code == 2
    assert "cannot hold the id 'images/disc q.png'" in result.stderr
    assert not (tmp_path / "s.trec").exists()


def test_an_import_that_is_interrupted_says_how_to_go_on(run, tmp_path, monkeypatch):
    file = tmp_path / "scores.csv"
    file.write_text(f"query,image,score\n{QUERY},images/disc_1.png,1\n")

    def interrupted(*_args, **_options):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("core.bench.score_files.import_scores", interrupted)
    result = run("import", file)
    assert result.exit_code == 130
    assert "again to go on" in result.stderr


def test_maxsim_asks_no_language_model(report, monkeypatch):
    from tests.core.stand_ins import ColourScorer

    def refuse(*_args):
        raise AssertionError("the MLLM was asked")

    monkeypatch.setattr(ColourScorer, "score", refuse)
    assert report("evaluate", "--scorer", "maxsim")["map_after"] is not None
