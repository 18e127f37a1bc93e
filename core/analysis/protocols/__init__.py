"""Metrics of published protocols, equal to the official evaluators: one file per family."""
