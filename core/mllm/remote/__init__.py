"""Pair scores from a server over HTTP: vLLM, SGLang, or another OpenAI-compatible one."""
