"""Reports that leave the bench: one self-contained page."""
