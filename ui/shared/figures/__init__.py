"""Figures that more than one screen shows, and what all figures share."""
