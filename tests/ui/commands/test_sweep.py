"""`sweep` and `verify` on the command line."""

import json

import pytest

from tests.ui.commands.test_commands import Cli

QUERY = "images/disc_q.png"
CURVE_FIELDS = {
    "perturbation",
    "unit",
    "levels",
    "margins",
    "probabilities",
    "cosines",
    "ranks",
    "hard_negative_margin",
    "hard_negative_cosine",
    "breaking",
}


@pytest.fixture
def sweep(tiny_corpus_root, tmp_path):
    place = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    return lambda *arguments: Cli()("sweep", *place, "--query", QUERY, *arguments)


def test_all_ten_curves_have_every_field(sweep):
    result = sweep("--pair", "self", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert len(report["curves"]) == 10
    for curve in report["curves"]:
        assert set(curve) >= CURVE_FIELDS
        lengths = {len(curve[key]) for key in ("levels", "margins", "cosines", "ranks")}
        assert lengths == {len(curve["levels"])}
        assert curve["breaking"]["reason"] in ("crossed", "never", "below_at_neutral")
    assert report["receipt"]["tie rule"] == "shortlist rank"


def test_a_second_sweep_says_the_same(sweep):
    arguments = ("--perturbation", "noise", "--pair", "positive", "--side", "candidate", "--json")
    assert sweep(*arguments).stdout == sweep(*arguments).stdout


def test_a_drawn_box_is_labelled_so(sweep):
    result = sweep("--perturbation", "occlusion", "--box", "28,20,68,60", "--json")
    (curve,) = json.loads(result.stdout)["curves"]
    assert curve["box"]["source"] == "drawn"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--perturbation", "melt"), "--perturbation 'melt' is not known"),
        (("--pair", "both"), "--pair 'both' is not known"),
        (("--side", "left"), "--side 'left' is not known"),
        (("--box", "1,2,3"), "four whole numbers"),
        (("--box", "0,0,900,9", "--perturbation", "blur"), "does not lie in"),
        (("--candidate", "none.png", "--pair", "positive"), "no image 'none.png'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(sweep, arguments, named):
    result = sweep(*arguments)
    assert result.exit_code == 2
    assert named in result.stderr.strip().splitlines()[-1]


def test_people_read_where_it_breaks(sweep):
    assert "nats; " in sweep("--perturbation", "blur").stdout


def test_verify_exits_1_on_a_flipped_bit(tiny_corpus_root, tmp_path):
    place = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    Cli()("index", *place)
    assert Cli()("verify", *place).exit_code == 0
    file = next((tmp_path / "w").glob("tokens/*/[0-9]*.npy"))
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    result = Cli()("verify", *place, "--json")
    assert result.exit_code == 1
    assert list(json.loads(result.stdout)["damaged"]) == [
        file.relative_to(tmp_path / "w").as_posix()
    ]
