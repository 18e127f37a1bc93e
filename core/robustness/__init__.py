"""Controlled perturbations and response curves."""
