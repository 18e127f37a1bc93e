"""The maps facet on eight drawn images: points, colours, lines, selections."""

import numpy as np
import pytest

from core.errors import SettingsError
from core.types.failures import QuerySlice
from core.types.orders import Fusion
from tests.core.stand_ins import make_workbench

SETTING = Fusion(4, 0.0, 1.0)
ALL = ((-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0))


def around(drawn, *image_ids, reach=1e-4):
    """A square around each of the points, joined by a line of no width."""
    rows = [drawn.image_ids.index(i) for i in image_ids]
    steps = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    corners = [tuple(drawn.xy[r] + reach * np.array(s)) for r in rows for s in steps]
    back = [corners[5 * place] for place in reversed(range(len(rows)))]
    return tuple((float(x), float(y)) for x, y in corners + back)


def test_every_image_is_one_point(bench):
    drawn = bench.maps.map("pca")
    assert sorted(drawn.image_ids) == sorted(
        {r.image_id for r in (*bench._session.corpus.queries, *bench._session.corpus.database)}
    )
    queries = {i for i, is_query in zip(drawn.image_ids, drawn.is_query, strict=True) if is_query}
    assert queries == {q.image_id for q in bench._session.corpus.queries}
    assert (drawn.n_images, drawn.n_images_all, drawn.n_queries, drawn.n_missing) == (6, 6, 4, 0)
    assert drawn.dimension == 3
    assert 0 < drawn.shares[1] <= drawn.shares[0] <= 1
    assert bench.maps.map("pca") is drawn


def test_points_lie_where_the_components_of_the_database_put_them(bench):
    drawn = bench.maps.map("pca")
    session = bench._session
    store = session.models().vectors
    database = store.get([r.sha256 for r in session.corpus.database]).astype(np.float64)
    mean = database.mean(axis=0)
    axes = np.linalg.svd(database - mean, full_matrices=False)[2][:2]
    own = store.get([session.record(i).sha256 for i in drawn.image_ids]).astype(np.float64)
    assert np.abs((own - mean) @ axes.T) == pytest.approx(np.abs(drawn.xy), abs=1e-5)


def test_before_the_index_there_is_no_map(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    assert bench.maps.map("pca") is None
    with pytest.raises(SettingsError, match="still being built"):
        bench.maps.select("pca", ALL)
    bench.close()


def test_a_large_corpus_is_drawn_as_an_even_sample(bench, monkeypatch):
    monkeypatch.setattr("core.bench.failures.descriptor_map.MAX_POINTS", 5)
    monkeypatch.setattr("core.bench.failures.descriptor_map.MAX_QUERIES", 2)
    drawn = bench.maps.map("pca")
    assert (drawn.n_queries, drawn.n_queries_all, drawn.n_images, drawn.n_images_all) == (
        2,
        4,
        3,
        6,
    )
    assert len(drawn.image_ids) <= 5
    assert len(set(drawn.image_ids)) == len(drawn.image_ids) == len(drawn.xy)


def test_points_are_coloured_by_class_instance_or_column(bench):
    drawn = bench.maps.map("pca")
    assert bench.maps.colours(drawn) == ("class", "instance", "column:light")
    classes = {o.query_id: o.failure_class for o in bench.runs.outcomes(SETTING)}
    by_class = bench.maps.labels(drawn, "class", SETTING)
    assert by_class == tuple(classes.get(i, "none") for i in drawn.image_ids)
    by_instance = dict(
        zip(drawn.image_ids, bench.maps.labels(drawn, "instance", SETTING), strict=True)
    )
    assert by_instance["images/disc_q.png"] == "disc"
    assert by_instance["images/empty_1.png"] == "none"
    assert set(bench.maps.labels(drawn, "column:light", SETTING)) == {"dim", "bright"}
    with pytest.raises(SettingsError, match="column:weather"):
        bench.maps.labels(drawn, "column:weather", SETTING)


def test_instances_without_a_colour_of_their_own_are_others(bench, monkeypatch):
    monkeypatch.setattr("core.bench.failures.descriptor_map.N_INSTANCES", 1)
    drawn = bench.maps.map("pca")
    labels = bench.maps.labels(drawn, "instance", SETTING)
    assert set(labels) == {"disc", "other", "none"}  # 3 discs, 2 bars, 2 crosses


def test_lines_join_a_query_or_a_slice_to_its_positives(bench):
    drawn = bench.maps.map("pca")
    links = bench.maps.links(drawn, "images/disc_q.png", None, SETTING)
    ends = {(drawn.image_ids[a], drawn.image_ids[b]) for a, b in links.rows}
    assert ends == {("images/disc_q.png", f"images/disc_{n}.png") for n in (1, 2)}
    assert (links.query_ids, links.n_positives) == (("images/disc_q.png",), 2)
    dim = bench.maps.links(drawn, None, QuerySlice("tag", "light=dim"), SETTING)
    assert set(dim.query_ids) == {"images/bars_1.png", "images/cross_q.png"}
    assert {drawn.image_ids[b] for _, b in dim.rows} == {"images/bars_2.png", "images/cross_1.png"}
    assert bench.maps.links(drawn, None, None, SETTING).rows == ()


def test_a_selection_is_exactly_the_queries_inside_and_a_slice(bench):
    drawn = bench.maps.map("pca")
    wanted = ("images/cross_q.png", "images/disc_q.png")
    made = bench.maps.select("pca", around(drawn, *wanted))
    assert made.query_ids == wanted
    assert made.n_images == 3  # a mean colour does not tell where in the picture an object is
    chosen = QuerySlice("map", made.selection_id)
    assert bench.failures.members(chosen, SETTING) == set(wanted)
    whole = bench.maps.select("pca", ALL)
    assert (len(whole.query_ids), whole.n_images) == (4, 6)
    assert [s.selection for s in bench.maps.selections(SETTING)] == [whole, made]


def test_the_same_selection_is_kept_once(bench):
    one, two = bench.maps.select("pca", ALL), bench.maps.select("pca", ALL[1:] + ALL[:1])
    assert one.selection_id == two.selection_id
    assert len(bench.maps.selections(SETTING)) == 1


def test_a_selection_is_held_against_the_others(bench):
    drawn = bench.maps.map("pca")
    wanted = {"images/cross_q.png", "images/disc_q.png"}
    bench.maps.select("pca", around(drawn, *sorted(wanted)))
    (found,) = bench.maps.selections(SETTING)
    aps = {o.query_id: o.ap_after for o in bench.runs.outcomes(SETTING)}
    own = np.mean([ap for q, ap in aps.items() if q in wanted])
    rest = np.mean([ap for q, ap in aps.items() if q not in wanted])
    assert (found.n_evaluated, found.map_after) == (2, pytest.approx(own))
    assert found.effect == pytest.approx(own - rest)
    assert found.interval is None  # the others are one instance


def test_a_selection_of_everything_has_nothing_to_be_held_against(bench):
    bench.maps.select("pca", ALL)
    (found,) = bench.maps.selections(SETTING)
    assert (found.effect, found.interval) == (None, None)
    assert found.map_after == pytest.approx(bench.runs.summary(SETTING).map_after)


def test_a_line_around_no_query_is_one_sentence_and_keeps_nothing(bench):
    drawn = bench.maps.map("pca")
    with pytest.raises(SettingsError, match=r"database images inside: 1\)"):
        bench.maps.select("pca", around(drawn, "images/empty_1.png"))
    assert bench.maps.selections(SETTING) == ()


def test_a_deleted_selection_is_no_slice_any_more(bench):
    made = bench.maps.select("pca", ALL)
    bench.maps.remove(made.selection_id)
    with pytest.raises(SettingsError, match="There is no slice 'map:"):
        bench.failures.members(QuerySlice("map", made.selection_id), SETTING)
