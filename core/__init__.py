"""The retrieval bench without a screen: corpus, descriptors, index, MLLM scores, metrics."""
