"""Scores, annotations and labels from and to files of other tools."""
