"""Definitions: spaces, containers, views and data models, and what they mean for instances."""
