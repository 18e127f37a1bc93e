"""Handlers of the Perturb view over a real workbench without weights."""

import json
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from core.types.corpus import Box
from core.types.orders import Fusion
from core.types.robustness import Damage
from tests.core.stand_ins import make_workbench
from ui.frame.code import code_of
from ui.perturb_requests import asked_key, requests_of
from ui.selection import PAIRS, PERTURBATIONS, SIDES, Limits, ViewState, parse_address
from ui.server.routes import make_router
from ui.shared.screen import read_state
from ui.views import perturb_detail, perturb_recipes, perturb_setup, perturb_sweeps

QUERY = "images/disc_q.png"
AT = f"view=perturb&query={QUERY}"
LIMITS = Limits(lambda image_id: True, 100, ViewState())


@pytest.fixture
def empty(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "work")
    yield bench
    bench.close()


@pytest.fixture
def real(empty):
    list(empty.runs.build_index())
    return empty


def is_skip(value) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"


def asked(bench, address: str) -> str:
    return str(perturb_setup.ask(bench, address, "")[0])


def run(bench, urls, address: str) -> list[tuple]:
    clock = iter(range(10_000))
    steps = perturb_sweeps.run(bench, urls, address, asked(bench, address), lambda: next(clock))
    return list(steps)


@given(
    st.builds(
        ViewState,
        perturbation=st.sampled_from(PERTURBATIONS),
        damage=st.builds(
            Damage,
            side=st.sampled_from(SIDES),
            pair=st.sampled_from(PAIRS),
            box=st.none() | st.just(Box(0, 1, 20, 30)),
            seed=st.integers(0, 999_999),
            n_ranked=st.just(20),
            full_depth=st.booleans(),
            retrieve_again=st.booleans(),
        ),
        candidate=st.none() | st.sampled_from(["a b.jpg", "ö/&=.png"]),
        strength=st.none() | st.integers(-800, 180_000).map(lambda n: n / 1000),
        detail=st.booleans(),
        recipe=st.none() | st.sampled_from(["my recipe", "<b>"]),
        part=st.integers(0, 20),
    )
)
def test_the_selection_survives_its_address(state):
    assert parse_address(state.to_address(), LIMITS) == state


def test_an_address_is_written_as_it_was_read():
    address = (
        "view=perturb&query=q&depth=100&lam=0&gamma=1&sort=delta&order=up&pert=noise"
        "&side=candidate&pair=positive&candidate=c&strength=0.3&detail=1&seed=7&box=1%2C2%2C30%2C40"
        "&recipe=mine&part=2&set=hardest%3A5&within=light%3Ddim&scorers=maxsim&full=1&again=1"
        "&with=contrast"
    )
    assert parse_address(address, LIMITS).to_address() == address


@pytest.mark.parametrize("box", ["1,2,3", "3,0,1,9", "a,b,c,d", "0,0,9999999,2", "-1,0,3,3", ""])
def test_a_box_that_is_none_is_dropped(box):
    assert parse_address(f"box={box}", LIMITS).damage.box is None


def test_unknown_names_fall_back_to_the_default():
    bad = "pert=melting&side=left&pair=both&seed=-4&strength=nan&part=x"
    assert parse_address(bad, LIMITS) == ViewState()


def test_the_level_looked_at_does_not_measure_again():
    state = ViewState(query=QUERY)
    looked = replace(state, strength=2.0, detail=True, depth=5, text="x")
    assert asked_key(state) == asked_key(looked)
    assert asked_key(state) != asked_key(replace(state, damage=Damage(seed=1)))


def test_another_view_renders_nothing(real, urls):
    assert all(map(is_skip, perturb_setup.ask(real, "view=queries", "")))
    assert all(map(is_skip, perturb_setup.show(real, urls, "view=queries", "")))
    assert is_skip(perturb_recipes.show(real, "view=queries"))


def test_without_a_query_there_is_an_invitation(real, urls):
    shown = perturb_setup.show(real, urls, "view=perturb", asked(real, "view=perturb"))
    assert shown[0].count("<button") == 4
    assert shown[1].visible is False
    assert shown[-1] == ""


def test_without_an_index_nothing_is_started(empty, urls):
    key = asked(empty, AT)
    assert key.startswith(perturb_setup.WAITING)
    shown = perturb_setup.show(empty, urls, AT, key)
    assert "index is still being built" in shown[4]
    assert shown[-1] == ""


def test_an_unreadable_image_is_one_sentence(tiny_corpus_root, tmp_path, urls):
    (tiny_corpus_root / QUERY).write_bytes(b"no image")
    bench = make_workbench(tiny_corpus_root, tmp_path / "work")
    shown = perturb_setup.show(bench, urls, AT, asked(bench, AT))
    assert 'role="alert"' in shown[4]
    assert shown[-1] == ""
    bench.close()


def test_a_new_selection_shows_choosers_picture_and_axes(real, urls):
    key = asked(real, AT)
    empty, body, picture, controls, bar, single, *measured, started = perturb_setup.show(
        real, urls, AT, key
    )
    assert (empty, body.visible, single.visible, bar, started) == ("", True, True, "", key)
    assert "box from the manifest" in picture
    assert "data-pt-level" in controls
    assert measured[1].count('role="radio"') == 10
    assert [trace["y"] for trace in json.loads(measured[2])["data"]] == [[None], [None]]


def test_the_screen_as_code_has_the_command_of_the_sweep_on_screen(real):
    at = f"{AT}&pert=noise&seed=3&box=1,2,30,40&scorers=maxsim&full=1&again=1"
    shell = code_of(real, read_state(real, at)).shell
    assert shell is not None
    assert shell.endswith(
        f"--query {QUERY} --perturbation noise --pair self --side query --box 1,2,30,40 "
        "--scorers maxsim --full-depth --retrieve-again --seed 3"
    )


def test_positives_can_be_chosen(real, urls):
    address = f"{AT}&pair=positive&side=candidate"
    shown = perturb_setup.show(real, urls, address, asked(real, address))
    assert "positive 1 of 2" in shown[3]
    assert ">disc_1.png<" in shown[2]


def test_a_sweep_yields_after_every_level(real, urls):
    steps = run(real, urls, AT)
    lengths = [len(curves[0].points) for *_, curves, _ in steps[1:]]
    assert lengths == list(range(1, 11))
    assert "of 10 levels" in steps[1][0]
    assert "10 levels measured" in steps[-1][0]
    assert len(json.loads(steps[-1][3])["data"][0]["x"]) == 10


def test_levels_that_come_at_once_share_a_drawing(real, urls):
    steps = list(perturb_sweeps.run(real, urls, AT, asked(real, AT), lambda: 0.0))
    assert [len(curves[0].points) for *_, curves, _ in steps[1:]] == [1, 10]


def test_closing_a_sweep_ends_it(real, urls):
    steps = perturb_sweeps.run(real, urls, AT, asked(real, AT))
    next(steps)
    *_, curves, _ = next(steps)
    steps.close()
    assert "Run on" in perturb_sweeps.show_stopped(real, AT, curves)
    assert "1 of 10 levels" in perturb_sweeps.show_stopped(real, AT, curves)


def test_all_ten_fill_one_grid(real, urls):
    last = run(real, urls, f"{AT}&pert=all")[-1]
    assert last[6].count("sl-pt-panel ") == 10
    assert "sl-pt-wait" not in last[6]
    assert len(last[7]) == 10


def test_a_failed_sweep_is_one_sentence(real, urls):
    address = f"{AT}&pair=positive&candidate=nobody.png"
    (_, last) = run(real, urls, address)
    assert 'role="alert"' in last[0]
    assert is_skip(last[7])


def test_an_upload_is_swept_without_labels(real, urls, tiny_corpus_root):
    data = (tiny_corpus_root / "images/empty_1.png").read_bytes()
    query = real.queries.add_upload(data, "pasted.png")
    (curve,) = run(real, urls, f"view=perturb&query={query}")[-1][7]
    assert curve.hard_negative_margin is None
    assert curve.box.source == "assumed"
    assert len(curve.points) == 10


def test_looking_at_a_level_scores_its_own_shortlist(real, urls):
    address = f"{AT}&strength=2&detail=1"
    looked = str(perturb_setup.ask(real, address, "")[2])
    steps = list(perturb_detail.look(real, urls, address, looked))
    bar, before, after = steps[-1]
    assert bar == ""
    assert before.count("data-card") == after.count("data-card") == 6
    assert "sl-positive" in after


def test_damaged_copies_are_not_offered_as_queries(real, urls):
    address = f"{AT}&strength=2&detail=1"
    list(perturb_detail.look(real, urls, address, "key"))
    assert len(real.queries.rows(Fusion(6, 0.0, 1.0))) == 4
    assert (
        perturb_setup.show(real, urls, AT, asked(real, AT))[3].count('<option value="images/') == 4
    )


def test_a_damaged_candidate_has_words_and_no_strips(real, urls):
    address = f"{AT}&pair=positive&side=candidate&strength=2&detail=1"
    assert list(perturb_detail.look(real, urls, address, "key")) == [("", "", "")]
    curves = run(real, urls, address)[-1][7]
    assert "no shortlist of its own" in str(perturb_detail.tell(real, urls, address, curves))


def test_a_level_is_told_only_when_it_is_opened(real, urls):
    curves = run(real, urls, AT)[-1][7]
    assert perturb_detail.tell(real, urls, f"{AT}&strength=2", curves) == ""
    assert "blur 2 %" in str(perturb_detail.tell(real, urls, f"{AT}&strength=2&detail=1", curves))


def test_a_saved_recipe_replays_to_the_same_numbers(real, urls):
    address = f"{AT}&pert=noise&seed=7"
    first = run(real, urls, address)[-1][7]
    panel = perturb_recipes.fulfil(real, address, '{"name": " my   recipe "}')
    assert "Saved &#39;my recipe&#39;." in str(panel)
    again = run(real, urls, "view=perturb&recipe=my recipe&part=1")[-1][7]
    assert again == first


def test_all_ten_are_one_recipe_whose_parts_open_alone(real):
    perturb_recipes.fulfil(real, f"{AT}&pert=all", '{"name": "ten"}')
    state = read_state(real, "view=perturb&recipe=ten")
    assert len(requests_of(real, state)) == 10
    assert [r.name for r in requests_of(real, replace(state, part=3))] == ["rotation"]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ('{"name": ""}', "needs a name"),
        ('{"text": "{}"}', "no recipe"),
        ('{"text": "<b>"}', "not JSON"),
    ],
)
def test_a_recipe_that_cannot_be_kept_is_one_sentence(real, wish, words):
    panel = str(perturb_recipes.fulfil(real, AT, wish))
    assert words in panel
    assert 'role="alert"' in panel


@pytest.mark.parametrize("wish", ["", "[1]", "nonsense"])
def test_what_is_no_wish_changes_nothing(real, wish):
    assert is_skip(perturb_recipes.fulfil(real, AT, wish))


def test_an_unknown_recipe_is_one_sentence(real, urls):
    address = "view=perturb&recipe=<nobody>"
    shown = perturb_setup.show(real, urls, address, asked(real, address))
    assert "no saved recipe" in shown[4]
    assert "<nobody>" not in shown[4]


@pytest.fixture
def client(real):
    app = FastAPI()
    app.include_router(make_router(real))
    return TestClient(app)


def test_a_level_is_served_as_a_small_picture(client):
    answer = client.get(f"/level/160?{AT}&pert=noise&seed=3&level=0.3")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.content[8:12] == b"WEBP"


@pytest.mark.parametrize(
    "address",
    [
        f"/level/160?{AT}&level=nan",
        f"/level/160?{AT}&level=99",
        f"/level/161?{AT}&level=1",
        f"/level/160?{AT}&pert=all&level=1",
        "/level/160?query=../../etc/passwd&level=1",
        f"/level/160?{AT}&box=0,0,5000,5000&level=1",
        "/recipe?name=../../etc/passwd",
    ],
)
def test_what_is_not_there_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_a_recipe_is_a_download(client, real):
    perturb_recipes.fulfil(real, AT, '{"name": "ä/b"}')
    answer = client.get("/recipe", params={"name": "ä/b"})
    assert answer.json()["version"] == 1
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''%C3%A4%2Fb.json")


def test_further_scorers_are_drawn_beside_the_own(real, urls):
    address = f"{AT}&pert=contrast&scorers=maxsim;geometric"
    *_, last = run(real, urls, address)
    figure = json.loads(last[3])
    names = [trace.get("name") for trace in figure["data"] if trace.get("name")]
    assert {"MaxSim", "geometric", "MLLM margin", "descriptor cosine"} <= set(names)
    assert figure["layout"]["yaxis3"]["title"]["text"] == "inliers"
    by_name = {trace.get("name"): trace for trace in figure["data"]}
    assert by_name["MaxSim"]["yaxis"] == "y2"
    assert len(by_name["geometric"]["y"]) == 9
    assert last[6].count("<tr>") == 1 + 4
    assert "27 levels measured" in last[0]


def test_the_switches_of_a_damaged_query_are_told(real, urls):
    *_, last = run(real, urls, f"{AT}&pert=contrast&again=1&full=1")
    assert "new shortlist of the damaged query" in last[4]
    controls = perturb_setup.show(real, urls, f"{AT}&again=1", asked(real, f"{AT}&again=1"))[3]
    assert 'data-pt-set="again="' in controls
    on_candidate = f"{AT}&side=candidate&again=1"
    controls = perturb_setup.show(real, urls, on_candidate, asked(real, on_candidate))[3]
    assert "retrieve again" not in controls
