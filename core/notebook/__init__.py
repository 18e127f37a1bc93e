"""The bench as notebooks use it: work that runs to its end, results as tables."""
