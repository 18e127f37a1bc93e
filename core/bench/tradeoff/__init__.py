"""Compression and scorer against AP, time and space."""
