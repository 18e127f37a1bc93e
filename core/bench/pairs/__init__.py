"""One pair: what the scorer answers and why, and other wordings tried on it."""
