"""Benchmarks side by side with peers; never a timed test."""
