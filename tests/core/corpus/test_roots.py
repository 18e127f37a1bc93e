"""Only folders below a root can be opened, whatever the name says."""

import tarfile

import pytest

from core.assembly.bench import open_workbench
from core.corpus.roots import check_roots, corpora_below, resolve_below
from core.corpus.sources.folder import FolderSource
from core.errors import ManifestError, SettingsError
from tests.conftest import draw_object
from tests.core.corpus.sources.packing import three_tars
from tests.core.stand_ins import make_workbench


@pytest.fixture
def root(tmp_path):
    for place in ("data/a/one", "data/a/two", "data/plain", "data/.hidden", "data/deep/er/est/no"):
        (tmp_path / place).mkdir(parents=True)
        draw_object("disc", 5, 5).save(tmp_path / place / "x.png")
    (tmp_path / "data/empty").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "data/link").symlink_to(tmp_path / "secret")
    return tmp_path / "data"


def test_corpora_are_listed_below_the_root(root):
    assert corpora_below([root]) == (
        "data",
        "data/a",
        "data/a/one",
        "data/a/two",
        "data/deep/er/est",
        "data/plain",
    )


def test_a_folder_with_a_manifest_is_not_searched_further(root):
    (root / "a/manifest.csv").write_text("image,role,instance\n")
    assert "data/a" in corpora_below([root])
    assert "data/a/one" not in corpora_below([root])


@pytest.mark.parametrize(
    "name",
    ["", "secret", "data/../secret", "data/link", "/etc", "data//etc", "data/none", "data/\0"],
)
def test_no_name_leads_out_of_the_root(root, name):
    with pytest.raises(SettingsError, match="no folder below a root"):
        resolve_below([root.resolve()], name)


def test_a_listed_name_leads_to_its_folder(root):
    for name in corpora_below([root]):
        assert resolve_below([root.resolve()], name) == root.resolve().parent / name


def test_roots_must_be_folders_of_different_names(root):
    with pytest.raises(SettingsError, match="no folder"):
        check_roots([root / "none"])
    (root / "a/data").mkdir()
    with pytest.raises(SettingsError, match="Two roots"):
        check_roots([root, root / "a/data"])


def test_archives_are_corpora_too(root):
    (root / "empty/a.tar").write_bytes(b"x")
    assert "data/empty" in corpora_below([root])


@pytest.fixture
def bench(root, tiny_corpus_root, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    opened = make_workbench(tiny_corpus_root, tmp_path / "w", **{"serve.roots": (root,)})
    yield opened
    opened.close()


def test_a_folder_with_faults_is_not_asked_for(bench, root):
    (root / "plain/manifest.csv").write_text("image,role,instance\nnone.png,query,a\n")
    for go in (bench.folders.look, lambda name: list(bench.folders.opening(name))):
        with pytest.raises(ManifestError) as refused:
            go("data/plain")
        assert refused.value.faults
    assert not bench.reopening.switch.is_set()


def test_what_was_read_to_open_a_folder_is_not_read_again(bench, root, monkeypatch):
    read: list[str] = []
    whole = FolderSource.read
    monkeypatch.setattr(
        FolderSource, "read", lambda self, path, name: read.append(path) or whole(self, path, name)
    )
    monkeypatch.setattr("core.corpus.manifest._STEP", 1)
    assert bench.folders.look("data/a").n_images == 2
    assert read == []
    steps = bench.folders.opening("data/a")
    assert [
        (one.stage, one.done, one.total) for one in (next(steps), next(steps), next(steps))
    ] == [
        ("list", 0, 0),
        ("read images", 0, 2),
        ("read images", 1, 2),
    ]
    steps.close()  # stopped: one image was read
    assert (read, bench.reopening.switch.is_set()) == (["one/x.png"], False)
    list(bench.folders.opening("data/a"))
    assert read == ["one/x.png", "two/x.png"]
    opened = {"corpus": (root / "a").resolve(), "workspace": None, "format": "auto"}
    assert (bench.reopening.overrides, bench.reopening.switch.is_set()) == (opened, True)
    settings = bench._session.settings.model_copy(update=opened)
    open_workbench(settings).close()
    assert len(read) == 2


def test_archives_are_listed_once_for_the_look_and_the_opening(
    bench, root, tiny_corpus_root, monkeypatch
):
    three_tars(tiny_corpus_root, root / "packed")
    found = bench.folders.look("data/packed")
    assert (found.kept_in, found.n_images) == ("3 .tar archives, read in place", 8)
    assert found.read_as == "the rows of manifest.csv"
    monkeypatch.setattr(tarfile, "open", None)
    list(bench.folders.opening("data/packed"))
    assert bench.reopening.switch.is_set()


def test_a_folder_that_is_looked_at_gets_no_workspace(bench, tmp_path):
    bench.folders.look("data/a")
    assert not (tmp_path / "home").exists()


def test_without_a_root_nothing_is_offered(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    assert bench.folders.choices() == ()
    with pytest.raises(SettingsError, match="--root"):
        bench.folders.look("data")
    bench.close()
