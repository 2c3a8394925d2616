"""Instances as they are written: merged, checked, stored, and kept in step by the platform."""
