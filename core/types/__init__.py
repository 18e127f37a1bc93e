"""Frozen dataclasses that cross a border of the house; numpy and the standard library only."""
