"""Judges that are not ours: Cognite's own OpenAPI document, and the traffic held against it."""
