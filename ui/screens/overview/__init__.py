"""Overview: what re-ranking did to all queries, in one sentence, pictures, numbers and plots."""
