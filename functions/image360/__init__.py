"""image360 links 360° images of industrial plants to assets in Cognite Data Fusion (CDF)."""

__version__ = "0.1.0"
