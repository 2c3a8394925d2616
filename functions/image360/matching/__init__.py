from image360.matching.region import TextRegion

__all__ = ["TextRegion"]
