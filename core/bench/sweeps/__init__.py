"""Perturbations swept over one pair and over sets of queries."""
