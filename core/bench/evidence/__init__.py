"""Fits of evidence: labelled pairs, weights, and what they reach on instances held out."""
