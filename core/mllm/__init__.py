"""Multimodal LLM scoring: loading, prompts, the token engine and its self-test."""
