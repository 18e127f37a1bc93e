"""The table of published protocols: names, measures, and why a number is not AP@k."""

from collections.abc import Mapping

from core.analysis.protocols import (
    circo,
    cirr,
    disc21,
    fashioniq,
    genecis,
    gldv2,
    hit_rate,
    icir,
    ilias,
    inquire,
    instre,
    mmeb,
    product1m,
    revisited,
    trec,
)
from core.analysis.protocols.measures import Measure, Protocol, Values
from core.errors import ProtocolError, known_name
from core.types.benchmarks import Benchmark, MeasuredValue, Rankings

_ROWS = (
    Protocol(
        "revisited",
        "Revisited Oxford and Paris",
        revisited.MEASURES,
        "It takes AP by trapezoids, the mean of the precision before and at each positive, with no "
        "cut-off, and one number per difficulty.",
    ),
    Protocol(
        "ilias",
        "ILIAS",
        ilias.MEASURES,
        "It sorts by score again and takes images of equal score jointly, whatever their order; "
        "without ties it is AP@1000.",
        n_listed=1000,
    ),
    Protocol(
        "gldv2",
        "Google Landmarks v2, retrieval",
        gldv2.MEASURES,
        "It is AP@100 with queries that have no list counted as 0 and repeated predictions taking "
        "up ranks.",
        n_listed=100,
    ),
    Protocol(
        "instre",
        "INSTRE, Iscen's split",
        instre.MEASURES,
        "It takes AP by trapezoids, the mean of the precision before and at each positive, with no "
        "cut-off.",
    ),
    Protocol(
        "sop",
        "Stanford Online Products",
        hit_rate.SOP,
        "It asks only whether any positive is among the first k, not how many or where.",
        n_listed=1001,
    ),
    Protocol(
        "inshop",
        "In-Shop Clothes Retrieval",
        hit_rate.INSHOP,
        "It asks only whether any positive is among the first k, not how many or where.",
        n_listed=30,
    ),
    Protocol(
        "product1m",
        "Product1M",
        product1m.MEASURES,
        "It divides AP by the positives found instead of min(k, positives), so that one hit at "
        "rank 1 is 1.",
        n_listed=100,
    ),
    Protocol(
        "disc21",
        "DISC21, Image Similarity Challenge",
        disc21.MEASURES,
        "It puts the pairs of all queries in one list by score, with one threshold for all; AP@k "
        "ranks each query by itself.",
        is_open=True,
        n_listed=1000,
    ),
    Protocol(
        "cirr",
        "CIRR",
        cirr.MEASURES,
        "It asks whether the one target is among the first k, with the reference image removed.",
        n_listed=51,
    ),
    Protocol(
        "circo",
        "CIRCO",
        circo.MEASURES,
        "It is AP@k at other cut-offs, with the reference image left in the list.",
        n_listed=50,
    ),
    Protocol(
        "fashioniq",
        "FashionIQ",
        fashioniq.MEASURES,
        "It asks whether the one target is among the first k of its category's own gallery, and "
        "weighs the categories the same.",
        n_listed=50,
    ),
    Protocol(
        "genecis",
        "GeneCIS",
        genecis.MEASURES,
        "It asks whether the one target is among the first k of the query's own small gallery, and "
        "weighs the tasks the same.",
    ),
    Protocol(
        "icir",
        "i-CIR",
        icir.MEASURES,
        "It takes AP by trapezoids in the instance's own database, over the positives found + "
        "0.00001, so that a perfect list is just below 1.",
    ),
    Protocol(
        "inquire",
        "INQUIRE",
        inquire.MEASURES,
        "It takes images of equal score jointly and divides by min(positives, length of the list) "
        "instead of min(positives, k).",
    ),
    Protocol(
        "mmeb",
        "MMEB",
        mmeb.MEASURES,
        "It asks whether a label is among the first k, and weighs subsets the same instead of "
        "queries.",
    ),
    Protocol(
        "trec",
        "TREC run and qrels",
        trec.MEASURES,
        "It divides by all relevant images, sorts by score and then by id, and counts queries "
        "without a list as 0.",
    ),
)
PROTOCOLS: Mapping[str, Protocol] = {row.name: row for row in _ROWS}


def protocol_of(benchmark: Benchmark, protocols: Mapping[str, Protocol] = PROTOCOLS) -> Protocol:
    """Return the row that measures a benchmark.

    Raises:
        SettingsError: There is none of its protocol's name; the sentence lists those there are.
    """
    return protocols[known_name(benchmark.protocol, tuple(protocols), "Protocol")]


def measure(
    benchmark: Benchmark, rankings: Rankings, protocols: Mapping[str, Protocol] = PROTOCOLS
) -> Values:
    """Return every published number of some rankings, in the order of the table.

    A measure that the official code has no number for is one value of its name without a number,
    with the sentence that says why; the others are not lost by it.

    Args:
        benchmark: Ground truth; its `protocol` names the row.
        rankings: Lists by query id.
        protocols: The table.

    Raises:
        SettingsError: The protocol is not in the table.
        ProtocolError: The rankings name a query that the benchmark does not have.
    """
    row = protocol_of(benchmark, protocols)
    if not row.is_open:
        _refuse_unknown(benchmark, rankings)
    return tuple(value for one in row.measures for value in _values(one, benchmark, rankings))


def _values(one: Measure, benchmark: Benchmark, rankings: Rankings) -> Values:
    try:
        return one.compute(benchmark, rankings)
    except ProtocolError as error:
        return (MeasuredValue(one.name, None, 0, problem=str(error)),)


def _refuse_unknown(benchmark: Benchmark, rankings: Rankings) -> None:
    known = {query.query_id for query in benchmark.queries}
    unknown = sorted(query_id for query_id in rankings if query_id not in known)
    if unknown:
        raise ProtocolError(
            f"{len(unknown):,} of the {len(rankings):,} lists are of queries that {benchmark.name} "
            f"does not have, such as '{unknown[0]}'; name the queries as the benchmark does."
        )
