"""The embedded multimodal model: a Qwen2.5-VL of 4.5 million parameters."""
