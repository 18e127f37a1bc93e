"""Setup: corpus, model, prompt and compression, and what a change takes."""
