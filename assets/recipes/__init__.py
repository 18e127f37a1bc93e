"""Recipes that make the embedded demo corpus and the embedded model, each with one command."""
