import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ModelError
from core.mllm.batching import BatchLimits, is_out_of_memory, run_in_batches


@settings(deadline=None)  # other processes share the machine
@given(
    lengths=st.lists(st.integers(1, 50), max_size=40),
    items=st.integers(1, 10),
    tokens=st.integers(1, 200),
    fits=st.integers(1, 10),
)
def test_every_item_is_run_once_in_order_whatever_fits(lengths, items, tokens, fits):
    def run(span: slice) -> list[int]:
        if span.stop - span.start > fits:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return list(range(span.start, span.stop))

    batches = list(run_in_batches(lengths, BatchLimits(items, tokens), run, "thing"))
    assert [index for batch in batches for index in batch] == list(range(len(lengths)))
    for batch in batches:
        cost = max(lengths[index] for index in batch) * len(batch)
        assert len(batch) == 1 or (len(batch) <= items and cost <= tokens)


def test_one_item_that_does_not_fit_is_a_model_error():
    def run(_: slice) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    with pytest.raises(ModelError, match="single candidate of 7 tokens"):
        list(run_in_batches([7], BatchLimits(), run, "candidate"))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
        (RuntimeError("shape '[2]' is invalid"), False),
    ],
)
def test_only_lack_of_memory_counts_as_such(error, expected):
    assert is_out_of_memory(error) is expected
