"""The composition root: puts together what the settings name."""
