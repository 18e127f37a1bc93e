"""Queries of an image and a text, seen from inside."""
