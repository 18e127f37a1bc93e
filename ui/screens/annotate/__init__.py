"""Annotate: one pair at a time, judged by keyboard."""
