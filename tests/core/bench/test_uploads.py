"""Uploads belong to their visitor, are removed with their scores, and end with their lifetime."""

import json
from io import BytesIO

import pytest

from core.errors import UnknownImageError
from core.types.corpus import Box
from core.types.orders import Fusion
from core.types.visitors import SCRIPT, Visitor
from tests.conftest import draw_object
from tests.core.stand_ins import make_workbench

ADA, BOB = Visitor("user:ada"), Visitor("browser:b0b")
FUSION = Fusion(3, 0.0, 1.0)


def png(x: int = 12) -> bytes:
    data = BytesIO()
    draw_object("disc", x, 14).save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    list(bench.runs.build_index())
    yield bench
    bench.close()


def uploaded(bench, visitor: Visitor) -> list[str]:
    return [row.query_id for row in bench.queries.rows(FUSION, visitor) if row.uploaded]


def test_an_upload_is_listed_for_its_visitor_only(bench):
    mine = bench.queries.add_upload(png(), "mine ü.jpg", ADA)
    assert uploaded(bench, ADA) == [mine]
    assert uploaded(bench, BOB) == uploaded(bench, SCRIPT) == []
    assert bench.queries.rows(FUSION, ADA)[-1].name == "mine ü.jpg"


def test_an_upload_and_what_is_made_from_it_are_seen_by_its_visitor_only(bench):
    mine = bench.queries.add_upload(png(), "a.png", ADA)
    crop = bench.pairs.crop(mine, Box(0, 0, 40, 40))
    for image_id in (mine, crop):
        assert bench.uploads.may_see(image_id, ADA)
        assert not bench.uploads.may_see(image_id, BOB)


def test_what_is_made_from_an_image_of_the_corpus_is_seen_by_everyone(bench):
    crop = bench.pairs.crop("images/disc_q.png", Box(0, 0, 40, 40))
    assert bench.uploads.may_see(crop, BOB)
    assert bench.uploads.may_see("images/disc_q.png", BOB)
    assert not bench.uploads.may_see("upload:0123456789abcdef", BOB)


def test_only_its_visitor_removes_an_upload(bench):
    mine = bench.queries.add_upload(png(), "a.png", ADA)
    with pytest.raises(UnknownImageError, match="no upload"):
        bench.uploads.remove(mine, BOB)
    bench.uploads.remove(mine, ADA)
    assert uploaded(bench, ADA) == []
    with pytest.raises(UnknownImageError):
        bench.queries.record(mine)


def test_a_crop_of_the_corpus_is_nobodys_to_remove(bench):
    crop = bench.pairs.crop("images/disc_q.png", Box(0, 0, 40, 40))
    with pytest.raises(UnknownImageError):
        bench.uploads.remove(crop, SCRIPT)


def test_removing_an_upload_removes_its_scores_and_thumbnails(bench, tmp_path):
    mine = bench.queries.add_upload(png(), "a.png", ADA)
    list(bench.queries.score(mine, 3))
    thumbnail = bench.queries.thumbnail(mine, 160)
    (fingerprint,) = bench._session.scores.scorers()
    before = bench._session.scores.count(fingerprint)
    bench.uploads.remove(mine, ADA)
    assert not thumbnail.exists()
    assert bench._session.scores.count(fingerprint) == before - 3
    assert list((tmp_path / "w/uploads").iterdir()) == []


def test_the_scores_of_a_picture_that_another_visitor_has_too_are_kept(bench):
    mine = bench.queries.add_upload(png(), "a.png", ADA)
    yours = bench.queries.add_upload(png(), "b.png", BOB)
    list(bench.queries.score(mine, 3))
    bench.uploads.remove(mine, ADA)
    assert bench.queries.inspect(yours, FUSION).n_pending == 0


def age(bench, days: int) -> None:
    """Make every upload older, as if it had been made days ago."""
    from datetime import UTC, datetime, timedelta

    for note in bench._session.workspace.uploads.glob("*.json"):
        fields = json.loads(note.read_text())
        fields["created_at"] = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        note.write_text(json.dumps(fields))


def test_cleaning_removes_what_is_older_than_the_setting_says(bench):
    bench.queries.add_upload(png(), "a.png", ADA)
    age(bench, 6)
    assert bench.uploads.clean() == 0
    age(bench, 8)
    assert bench.uploads.clean() == 1
    assert uploaded(bench, ADA) == []


def test_a_server_cleans_at_its_start_and_stops_at_its_end(bench):
    bench.queries.add_upload(png(), "a.png", ADA)
    age(bench, 8)
    with bench.uploads.cleaning():
        pass
    assert uploaded(bench, ADA) == []
