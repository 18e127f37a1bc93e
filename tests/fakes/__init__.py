"""A workbench with invented scores and drawn pictures, for tests of the screen.

It keeps the promises of `core.workbench` (same names, same types, same errors) on a corpus small
enough to reason about: every query has three positives and one junk image, cosines and margins
come from a seeded generator, and a margin never depends on the order of asking. A file here fakes
one facet, or hands the real one what is invented.
"""

from tests.fakes.state import FakeInfo
from tests.fakes.workbench import FakeWorkbench

__all__ = ["FakeInfo", "FakeWorkbench"]
