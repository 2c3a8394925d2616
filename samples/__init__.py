"""A seeded generator of a plant site: 360° images, an asset list and the truth about every plate."""

from samples.site import IMAGES, generate

__all__ = ["IMAGES", "generate"]
