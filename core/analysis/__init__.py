"""Metrics, outcomes and intervals."""
