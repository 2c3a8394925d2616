"""A local CDF over real HTTP."""
