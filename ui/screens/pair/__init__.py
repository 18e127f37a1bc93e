"""Pair: a query and one candidate side by side, and what in them carried the score."""
