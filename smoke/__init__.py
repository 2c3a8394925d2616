"""The one switch to a real CDF project: every endpoint in use is called once, and what it answers is told."""
