"""Measure a model folder and write its card: README.md, card.json and a calibration plot."""
