"""Pure functions from core dataclasses to escaped HTML."""
