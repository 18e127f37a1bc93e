"""Readers of published benchmarks in their own files: one file and one row of the table each."""
