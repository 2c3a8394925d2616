"""A seeded generator of a plant site: 360° images full of plates, an asset list, and the truth about them."""

from samples.site import IMAGES, generate

__all__ = ["IMAGES", "generate"]
