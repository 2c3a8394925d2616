"""A seeded generator of a plant site."""
