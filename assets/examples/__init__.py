"""Scripts that use the bench from Python."""
