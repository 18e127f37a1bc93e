"""Judging pairs: queues of work, verdicts, labels that come of them."""
