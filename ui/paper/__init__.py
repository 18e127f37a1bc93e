"""Figures and tables for papers: a plot of the screen laid out anew, at a column's width."""
