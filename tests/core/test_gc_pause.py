"""The pause of the garbage collector."""

import gc

import pytest

from core.corpus.manifest import open_corpus
from core.errors import ManifestError
from core.gc_pause import paused_collection


def test_collection_is_paused_inside_and_goes_on_after():
    with paused_collection():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collection_that_was_off_stays_off():
    gc.disable()
    try:
        with paused_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_collection_goes_on_after_a_corpus_that_is_refused(tmp_path):
    with pytest.raises(ManifestError):
        open_corpus(tmp_path / "nothing")
    assert gc.isenabled()
