"""Runs: the saved evaluations, one of them, two of them compared, and what to take away."""
