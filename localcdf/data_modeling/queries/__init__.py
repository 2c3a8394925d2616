"""Instances as they are read: filters, lists, queries, sync, search and aggregates."""
