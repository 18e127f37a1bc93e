"""A seeded world of label-bearing objects and a fast composer of photographs of them."""
