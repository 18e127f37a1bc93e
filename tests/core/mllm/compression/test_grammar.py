"""The grammar: one canonical spelling, and one sentence for each fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from core.mllm.compression.grammar import Compression, PairCompression, Part, parse_compression

NUMBERS = st.integers(1, 999_999)
PIXELS = st.none() | st.builds(Part, st.just("res"), NUMBERS)
KEPT = st.sampled_from([None, Part("pool")]) | st.builds(
    Part, st.sampled_from(["divprune", "random", "grid"]), NUMBERS
)
CODED = st.sampled_from([None, Part("fp16"), Part("int8"), Part("int4")]) | st.builds(
    Part, st.just("pq"), NUMBERS
)
QUERIES = st.builds(Compression, PIXELS, KEPT)


@given(st.builds(PairCompression, st.builds(Compression, PIXELS, KEPT, CODED), QUERIES))
def test_every_compression_is_read_from_its_own_spelling(compression):
    assert parse_compression(str(compression)) == compression


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("none", "none"),
        (" none ", "none"),
        ("pq:96 + divprune:64+res:336", "res:336+divprune:64+pq:96"),
        ("divprune:064", "divprune:64"),
        ("int8,query:none", "int8"),
        ("int8, query:pool+res:224", "int8,query:res:224+pool"),
        ("query:grid:18", "none,query:grid:18"),
        ("divprune:9+jpeg:224", "jpeg:224+divprune:9"),
    ],
)
def test_order_and_spaces_do_not_make_another_compression(text, canonical):
    assert str(parse_compression(text)) == canonical


def test_a_database_compression_leaves_queries_alone():
    found = parse_compression("pool")
    assert found == PairCompression(Compression(kept=Part("pool")), Compression())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "part '' is not known; use none, or res:336"),
        ("divprun:64", r"part 'divprun:64' is not known; use none, or res:336, .* or pq:96"),
        ("int8+", "part '' is not known"),
        ("none+int8", "part 'none' is not known"),
        ("divprune", "'divprune' needs a number of tokens, .* write it such as divprune:64"),
        ("divprune:0", "'divprune:0' needs a number of tokens, from 1"),
        ("divprune:-3", "'divprune:-3' needs a number of tokens"),
        ("divprune:6.5", "'divprune:6.5' needs a number"),
        ("divprune:²", "'divprune:²' needs a number"),
        ("pq:9999999999999999999", "needs the bytes of a vector's code, from 1 to 999999"),
        ("res:", "'res:' needs the side in pixels"),
        ("pool:2", "'pool:2' takes no number; write pool"),
        ("fp16:", "'fp16:' takes no number; write fp16"),
        ("grid:4+pool", r"chooses the tokens that are kept twice \(grid:4 and pool\)"),
        ("res:9+jpeg:9", "chooses the pixels twice"),
        ("int8+pq:9", "chooses the code of the vectors twice"),
        ("jpeg:96+int8", "stores pictures and no vectors; leave int8 out"),
        ("int8,query:int8", "part 'int8' makes stored images smaller and queries are not stored"),
        ("int8,query:jpeg:96", "'jpeg:96' makes stored images smaller"),
        ("int8,pool", "has too many commas"),
        ("query:pool,query:pool", "has too many commas"),
        ("int8,query:", "part '' is not known"),
    ],
)
def test_a_fault_is_one_sentence_that_names_it(text, sentence):
    with pytest.raises(SettingsError, match=sentence) as caught:
        parse_compression(text)
    assert str(caught.value).count(". ") == 0
