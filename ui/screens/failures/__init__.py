"""Failures: where AP is lost, and the queries, slices, labels and descriptors behind it."""
