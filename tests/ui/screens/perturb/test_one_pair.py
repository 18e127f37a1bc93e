"""One pair on the Perturb screen, over a real workbench without weights."""

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
from tests.ui.screens.perturb.drawn import LIMITS, finish, html, page_of, part, task_of, wait
from ui.frame.code import code_of
from ui.screens.perturb.recipes import fulfil
from ui.screens.perturb.screen import SCREEN
from ui.screens.perturb.selection import asked_damage, asked_key, requests_of
from ui.selection import PAIRS, PERTURBATIONS, SIDES, ViewState, parse_address
from ui.server.parts import draw_screen
from ui.server.routes import make_router
from ui.shared.screen import read_state

QUERY = "images/disc_q.png"
AT = f"view=perturb&query={QUERY}"


@pytest.fixture
def empty(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "work")
    yield bench
    bench.close()


@pytest.fixture
def real(empty):
    list(empty.runs.build_index())
    return empty


def curves(bench, address: str):
    """The finished curves of a selection."""
    task = task_of(bench, address)
    view = finish(bench, task)
    assert view.state == "done", view.error
    return task.result()


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


def test_the_pair_in_the_address_is_the_one_that_is_swept(real):
    named = read_state(real, f"{AT}&candidate=images/cross_1.png")
    (request,) = requests_of(real, named)
    assert (request.candidate_id, request.damage.pair) == ("images/cross_1.png", "positive")
    assert asked_damage(read_state(real, AT)).pair == "self"
    assert asked_damage(read_state(real, f"{AT}&pair=positive")).pair == "positive"


def test_a_negative_is_swept_beside_the_best_positive(real):
    address = f"{AT}&candidate=images/cross_1.png"
    (curve,) = curves(real, address).own
    assert (curve.candidate_id, curve.relation) == ("images/cross_1.png", "negative")
    assert curve.rival.relation == "positive"
    names = [trace.name for trace in part(real, "response", address).data]
    assert "strongest positive" in names
    assert "this negative leads" in html(real, "measured", address)


def test_another_view_of_the_screen_is_left_out(real):
    for name in ("set_controls", "set", "set_response", "report"):
        assert part(real, name, AT) is None


def test_without_a_query_there_are_few_pictures_to_begin_with(real):
    found = html(real, "start", "view=perturb")
    assert found.count("sl-tile") == 4
    for name in ("setup", "measured", "recipes", "response", "rank", "point", "looked"):
        assert part(real, name, "view=perturb") is None
    assert part(real, "start", AT) is None


def test_opened_cold_the_biggest_harms_and_the_last_pairs_are_offered(real):
    list(real.runs.evaluate(6))
    curves(real, AT)
    task_of(real, f"{AT}&candidate=images/disc_2.png").ask("", f"{AT}&candidate=images/disc_2.png")
    found = html(real, "start", "view=perturb")
    assert "Swept last" in found
    assert "disc_q.png and disc_2.png" in found
    _, harms = real.moves.queries(Fusion(6, 0.0, 1.0), 5, 1)
    assert found.count("AP ") == len(harms)


def test_without_an_index_nothing_is_started(empty):
    found = html(empty, "measured", AT)
    assert "index is still being built" in found
    assert "data-starts" not in found


def test_an_unreadable_image_is_one_sentence(tiny_corpus_root, tmp_path):
    (tiny_corpus_root / QUERY).write_bytes(b"no image")
    bench = make_workbench(tiny_corpus_root, tmp_path / "work")
    found = html(bench, "measured", AT)
    assert 'role="alert"' in found
    assert "data-starts" not in found
    assert "data-pt-set" in html(bench, "setup", AT)
    bench.close()


def test_a_new_selection_shows_choosers_picture_and_axes(real):
    setup, found = html(real, "setup", AT), html(real, "measured", AT)
    assert "box from the manifest" in setup
    assert "data-pt-level" in setup
    assert found.count('role="radio"') == 10
    assert 'data-starts="perturb/sweep"' in found
    assert [trace.y for trace in part(real, "response", AT).data] == [(None,), (None,)]


def test_the_screen_draws_whole_in_one_answer(real):
    found = draw_screen(page_of(real), SCREEN, read_state(real, AT))
    for name in ("sl-pt-modes", "sl-pt-picture", "sl-pt-controls", "sl-pt-strip", "sl-pt-recipes"):
        assert f'id="{name}"' in found


def test_the_screen_as_code_has_the_command_of_the_sweep_on_screen(real):
    at = f"{AT}&pert=noise&seed=3&box=1,2,30,40&scorers=maxsim&full=1&again=1"
    shell = code_of(real, read_state(real, at)).shell
    assert shell is not None
    assert shell.endswith(
        f"--query {QUERY} --perturbation noise --pair self --side query --box 1,2,30,40 "
        "--scorers maxsim --full-depth --retrieve-again --seed 3"
    )


def test_positives_can_be_chosen(real):
    setup = html(real, "setup", f"{AT}&pair=positive&side=candidate")
    assert "positive 1 of 2" in setup
    assert ">disc_1.png<" in setup
    assert "best positive" in setup


def test_a_candidate_is_called_what_it_is(real):
    list(real.queries.score(QUERY, 6))
    view = real.queries.inspect(QUERY, Fusion(6, 0.0, 1.0), 6)
    empty = next(one for one in view.after if one.image_id == "images/empty_1.png")
    setup = html(real, "setup", f"{AT}&candidate=images/empty_1.png")
    assert f"negative, rank {empty.rank_after} after re-ranking" in setup
    named = html(real, "setup", f"{AT}&candidate=images/disc_2.png")
    assert "positive 2 of 2" in named


def test_a_sweep_is_shown_as_it_grows(real):
    task = task_of(real, AT)
    finish(real, task, lambda view: view.progress.done >= 2)
    real.board.stop(task.key, wait=True)
    n = len(task.result().own[0].points)
    found = html(real, "measured", AT)
    assert f"{n} of 10 levels" in found
    assert "what is measured is kept" in found
    assert "data-starts" not in found
    assert len(part(real, "response", AT).data[0].x) == n
    real.board.go_on(task.key)
    wait(real, task.key)
    assert "10 levels measured" in html(real, "measured", AT)
    assert len(part(real, "response", AT).data[0].x) == 10


def test_all_ten_fill_one_grid(real):
    address = f"{AT}&pert=all"
    assert html(real, "measured", address).count("sl-pt-panel sl-pt-wait") == 10
    assert len(curves(real, address).own) == 10
    found = html(real, "measured", address)
    assert found.count("sl-pt-panel sl-pt-") == 10
    assert "sl-pt-wait" not in found
    assert part(real, "response", address) is None


def test_a_candidate_that_does_not_exist_is_one_sentence(real):
    found = html(real, "measured", f"{AT}&candidate=nobody.png")
    assert 'role="alert"' in found
    assert "data-starts" not in found
    assert 'value="nobody.png"' in html(real, "setup", f"{AT}&candidate=nobody.png")


def test_an_upload_is_swept_without_labels(real, tiny_corpus_root):
    data = (tiny_corpus_root / "images/empty_1.png").read_bytes()
    query = real.queries.add_upload(data, "pasted.png")
    address = f"view=perturb&query={query}"
    (curve,) = curves(real, address).own
    assert curve.hard_negative_margin is None
    assert curve.box.source == "assumed"
    assert len(curve.points) == 10
    assert "uploads have no labels" in html(real, "measured", address)


def test_looking_at_a_level_shows_its_own_shortlist(real):
    address = f"{AT}&strength=2&detail=1"
    looked = html(real, "looked", address)
    assert 'data-starts="perturb/look"' in looked
    (job,) = (job for job in SCREEN.jobs if job.name == "look")
    from ui.shared.screen import Asked

    wait(real, job.ask(page_of(real), read_state(real, address), Asked("me", {})))
    looked = html(real, "looked", address)
    before, after = looked.split('id="sl-pt-after"')
    assert before.count("data-card") == after.count("data-card") == 6
    assert "sl-positive" in after
    assert "sl-progress" not in looked


def test_damaged_copies_are_not_offered_as_queries(real):
    assert part(real, "looked", f"{AT}&strength=2&detail=1") is not None
    assert len(real.queries.rows(Fusion(6, 0.0, 1.0))) == 4
    assert html(real, "setup", AT).count('<option value="images/') == 4


def test_a_damaged_candidate_has_words_and_no_strips(real):
    address = f"{AT}&pair=positive&side=candidate&strength=2&detail=1"
    assert part(real, "looked", address) is None
    curves(real, address)
    assert "no shortlist of its own" in html(real, "point", address)


def test_a_level_is_told_only_when_it_is_opened(real):
    curves(real, AT)
    assert part(real, "point", f"{AT}&strength=2") is None
    assert "blur 2 %" in html(real, "point", f"{AT}&strength=2&detail=1")


def save(bench, address: str, **wish: str) -> str:
    return str(fulfil(page_of(bench), read_state(bench, address), wish))


def test_a_saved_recipe_replays_to_the_same_numbers(real):
    address = f"{AT}&pert=noise&seed=7"
    first = curves(real, address)
    assert "Saved &#39;my recipe&#39;." in save(real, address, name=" my   recipe ")
    assert curves(real, "view=perturb&recipe=my recipe&part=1") == first


def test_all_ten_are_one_recipe_whose_parts_open_alone(real):
    save(real, f"{AT}&pert=all", name="ten")
    state = read_state(real, "view=perturb&recipe=ten")
    assert len(requests_of(real, state)) == 10
    assert [r.name for r in requests_of(real, replace(state, part=3))] == ["rotation"]


@pytest.mark.parametrize(
    ("wish", "said"),
    [({"name": ""}, "needs a name"), ({"text": "{}"}, "no recipe"), ({"text": "<b>"}, "not JSON")],
)
def test_a_recipe_that_cannot_be_kept_is_one_sentence(real, wish, said):
    panel = save(real, AT, **wish)
    assert said in panel
    assert 'role="alert"' in panel


def test_an_unknown_recipe_is_one_sentence(real):
    found = html(real, "measured", "view=perturb&recipe=<nobody>")
    assert "no saved recipe" in found
    assert "<nobody>" not in found


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
    fulfil(page_of(real), read_state(real, AT), {"name": "ä/b"})
    answer = client.get("/recipe", params={"name": "ä/b"})
    assert answer.json()["version"] == 1
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''%C3%A4%2Fb.json")


@pytest.mark.parametrize("wish", [b"", b"[1]", b"nonsense", b"{}"])
def test_what_is_no_wish_is_refused(client, real, wish):
    answer = client.post(f"/recipes?{AT}", content=wish)
    assert answer.status_code == 422
    assert "saved by its name" in answer.json()["error"]
    assert real.robustness.recipes() == ()


def test_a_recipe_is_saved_and_the_panel_comes_back(client):
    answer = client.post(f"/recipes?{AT}&pert=noise", json={"name": "mine"})
    assert "Saved &#39;mine&#39;." in answer.text
    assert "noise, self pair, seed 0" in answer.text


@pytest.mark.parametrize(
    ("job", "address", "kind"),
    [
        ("sweep", AT, "sweep"),
        ("surface", f"{AT}&with=noise", "surface"),
        ("look", f"{AT}&strength=2&detail=1", "score"),
        ("set", "view=perturb&set=spread:1&side=candidate", "set"),
    ],
)
def test_work_is_asked_for_with_the_selection(client, real, job, address, kind):
    key = client.post(f"/job/perturb/{job}?{address}").json()["key"]
    view = wait(real, key)
    assert (view.kind, view.state) == (kind, "done")
    assert view.place.startswith("view=perturb&")


@pytest.mark.parametrize("job", ["sweep", "surface", "look", "set", "report"])
def test_work_on_nothing_is_refused(client, job):
    answer = client.post(f"/job/perturb/{job}?view=perturb")
    assert answer.status_code == 422
    assert "first" in answer.json()["error"]


def test_further_scorers_are_drawn_beside_the_own(real):
    address = f"{AT}&pert=contrast&scorers=maxsim;geometric"
    curves(real, address)
    figure = part(real, "response", address)
    by_name = {trace.name: trace for trace in figure.data if trace.name}
    assert {"MaxSim", "geometric", "MLLM margin", "descriptor cosine"} <= set(by_name)
    assert figure.layout.yaxis3.title.text == "inliers"
    assert by_name["MaxSim"].yaxis == "y2"
    assert len(by_name["geometric"].y) == 9
    found = html(real, "measured", address)
    assert found.count("<tr>") == 1 + 4
    assert "27 levels measured" in found


def test_the_switches_of_a_damaged_query_are_told(real):
    address = f"{AT}&pert=contrast&again=1&full=1"
    curves(real, address)
    assert "new shortlist of the damaged query" in html(real, "measured", address)
    assert 'data-pt-set="again="' in html(real, "setup", f"{AT}&again=1")
    assert "retrieve again" not in html(real, "setup", f"{AT}&side=candidate&again=1")
