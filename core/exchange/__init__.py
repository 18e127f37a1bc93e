"""Scores that come from elsewhere or go there: CSV, JSONL, TREC runs, ILIAS JSON."""
