"""The map's part, words and routes: full, partial, empty, failing, hostile."""

from dataclasses import replace

import numpy as np
import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from core.analysis.projection import NO_UMAP
from core.types.failures import QuerySlice
from core.types.maps import MapLinks
from core.types.number_text import MISSING
from tests.drawn_bench import FUSION, N_DATABASE, N_QUERIES, database_ids, query_ids
from tests.ui.pages import drawn
from ui import messages
from ui.screens.failures import words
from ui.screens.failures.figure import descriptor_map
from ui.screens.failures.routes import MAX_BYTES, add_map_routes

ADDRESS = "view=failures&depth=20"
ALL = [[-9, -9], [9, -9], [9, 9], [-9, 9]]


def shown(bench, more="") -> str:
    return str(drawn(bench, "failures", "map", ADDRESS + more))


def plotted(bench, more=""):
    return drawn(bench, "failures", "map-plot", ADDRESS + more)


def traces(figure):
    return [t for t in figure.data if t.customdata is not None]


@pytest.fixture
def client(bench):
    server, router = FastAPI(), APIRouter()
    add_map_routes(router, bench)
    server.include_router(router)
    return TestClient(server)


def test_every_image_is_a_mark_and_the_caption_says_how_many(bench):
    marks = [i for trace in traces(plotted(bench)) for i in trace.customdata]
    assert sorted(marks) == sorted([*query_ids(), *database_ids()])
    html = shown(bench)
    assert "Drawn: all 40 database images, all 8 queries." in html
    assert f"axes carry {100 * bench.maps.map('pca').shares[0]:.1f} %" in html
    assert messages.NO_SELECTIONS in html
    assert "sl-map-problem" not in html


def test_the_query_in_the_address_is_joined_to_its_positives(bench):
    more = "&query=queries/object_03.jpg"
    html = shown(bench, more)
    assert "3 of 3 positives joined" in html
    assert 'data-query="queries/object_03.jpg"' in html
    assert len([t for t in plotted(bench, more).data if t.mode == "lines"]) == 1


def test_the_slice_in_the_address_is_joined_and_leads_on(bench):
    html = shown(bench, "&slice=tag:light%3Ddim&query=queries/object_03.jpg")
    n = len(bench.failures.members(QuerySlice("tag", "light=dim"), FUSION))
    assert f"n = {n} queries, {3 * n} of {3 * n} positives joined" in html
    assert 'data-slice="tag:light=dim"' in html
    assert 'data-queue="set:tag:light=dim"' in html


def test_before_the_index_there_is_one_sentence(opens, evaluated):
    bench = opens(evaluated.unprepared)
    html = shown(bench)
    assert messages.NO_INDEX_TO_MAP in html
    assert "sl-map-body" not in html
    assert plotted(bench) is None


def test_umap_without_its_package_is_one_sentence_and_can_be_left(bench):
    try:
        import umap  # noqa: F401
    except ImportError:
        html = shown(bench, "&projection=umap")
        assert NO_UMAP in html
        assert 'data-map-projection="pca"' in html
        assert "sl-map-body" not in html


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("&colour=column:%3Cb%3E", "cannot be coloured by &#39;column:&lt;b&gt;&#39;"),
        ("&slice=map:0123456789ab", "There is no slice"),
    ],
)
def test_a_colouring_or_slice_that_does_not_exist_is_one_sentence(bench, more, said):
    assert said in shown(bench, more)
    assert plotted(bench, more) is None


def test_without_ground_truth_there_is_a_map_without_classes(unlabelled):
    assert "failure class" not in shown(unlabelled)
    marks = [i for trace in traces(plotted(unlabelled)) for i in trace.customdata]
    assert len(marks) == N_QUERIES + N_DATABASE


def test_before_any_outcome_all_marks_are_of_no_class(fresh):
    figure = plotted(fresh)
    assert {trace.legendgroup for trace in traces(figure)} == {"none"}


def test_colours_and_symbols_both_part_the_groups(bench):
    made = bench.maps.map("pca")
    labels = bench.maps.labels(made, "instance", FUSION)
    figure = descriptor_map(made, labels, MapLinks((), (), 0), by_class=False)
    marks = {(t.legendgroup, t.marker.color, t.marker.symbol) for t in figure.data}
    assert len({(colour, symbol) for _, colour, symbol in marks}) == len(marks)


@pytest.mark.parametrize(("most", "kind"), [(1000, "scatter"), (10, "scattergl")])
def test_only_a_large_map_needs_the_large_drawing_library(bench, monkeypatch, most, kind):
    monkeypatch.setattr("ui.screens.failures.figure.SVG_POINTS", most)
    made = bench.maps.map("pca")
    labels = bench.maps.labels(made, "instance", FUSION)
    rows = ((0, 1), (2, 3))
    links = MapLinks((made.image_ids[0],), rows, 2)
    figure = descriptor_map(made, labels, links, by_class=False)
    assert {trace.type for trace in figure.data} == {kind}


def test_a_hostile_or_long_label_is_escaped_and_cut_in_the_legend(bench):
    made = bench.maps.map("pca")
    bad = "<a href='x'>" + "y" * 90
    labels = (bad,) * len(made.image_ids)
    figure = descriptor_map(made, labels, MapLinks((), (), 0), by_class=False)
    names = [t.name for t in figure.data]
    assert all(name.startswith("&lt;a href=&#x27;x&#x27;&gt;yy") for name in names)
    assert all("…" in name and "<" not in name for name in names)


def test_a_sample_is_called_one(bench):
    made = replace(bench.maps.map("pca"), n_images=40, n_images_all=100_000, n_missing=3)
    html = words.map_note(made)
    assert "40 of 100,000 database images, evenly chosen by their ids" in html
    assert "3 without a descriptor" in html


def test_a_polygon_is_kept_and_listed_with_what_it_does(bench, client):
    answer = client.post("/map/selections", json={"projection": "pca", "polygon": ALL})
    assert answer.status_code == 200
    assert answer.json()["n_queries"] == 8
    assert answer.json()["n_images"] == 40
    html = shown(bench, f"&slice={answer.json()['slice']}")
    assert "n = 8 queries" in html
    assert f'data-queue="set:{answer.json()["slice"]}"' in html
    identity = answer.json()["slice"].removeprefix("map:")
    assert client.delete(f"/map/selections/{identity}").status_code == 200
    assert messages.NO_SELECTIONS in shown(bench)


def test_a_polygon_around_nothing_is_one_sentence(client):
    far = [[50, 50], [51, 50], [51, 51]]
    answer = client.post("/map/selections", json={"projection": "pca", "polygon": far})
    assert answer.status_code == 422
    assert "No query lies inside" in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", '{"projection": "pca"}', '{"projection": "tsne", "polygon": [[0,0],[1,0],[1,1]]}',
        '{"projection": "pca", "polygon": [[0,0],[1,0]]}',
        '{"projection": "pca", "polygon": [[0,0],[1,0],[1e999,1]]}',
        '{"projection": "pca", "polygon": [[0,0],[1,0],[1,1]], "more": 1}',
    ],
)  # fmt: skip
def test_what_is_no_polygon_is_refused(client, body):
    assert client.post("/map/selections", content=body).status_code == 400


def test_a_body_that_is_too_large_is_refused(client):
    assert client.post("/map/selections", content=b" " * (MAX_BYTES + 1)).status_code == 413


def test_deleting_what_is_no_selection_does_nothing(client):
    assert client.delete("/map/selections/..%2Fx").status_code in (200, 404)
    assert client.delete("/map/selections/nothing").status_code == 200


def test_a_selection_that_is_only_partly_evaluated_says_so(bench, monkeypatch):
    made = bench.maps.select("pca", tuple((float(x), float(y)) for x, y in ALL))
    (means,) = bench.maps.selections(FUSION)
    partly = replace(means, n_evaluated=3, map_after=None, effect=None)
    monkeypatch.setattr(bench.maps, "selections", lambda _: (partly,))
    html = shown(bench, f"&slice=map:{made.selection_id}")
    assert "3 of 8" in html
    assert 'aria-pressed="true"' in html
    assert np.isfinite(means.map_after)
    assert MISSING in html
