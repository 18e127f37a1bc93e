"""Perturb: damage one image of a pair level by level, and see where the match breaks."""
