"""Second-stage orders: pointwise margins and their fusion with the cosine."""
