"""Physically based pictures of the seeded objects: meshes, rooms, lights and cameras."""
