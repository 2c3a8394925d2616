"""The report of a run: one HTML file to open, look at, print and send around. Not part of any function."""
