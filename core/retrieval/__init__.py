"""Global descriptors and the local index."""
