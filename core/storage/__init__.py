"""Files of a workspace: atomic writes, locks, token shards, scores, thumbnails."""
