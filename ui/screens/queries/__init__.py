"""Queries: the list on the left; on the right one query, its strips and the rank flow."""
