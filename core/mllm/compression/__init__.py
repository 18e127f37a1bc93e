"""Smaller images in the store: fewer pixels, fewer visual tokens, shorter vectors."""
