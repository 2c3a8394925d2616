"""The one switch to a real CDF project: each endpoint that the product uses is called once.

What the answers tell about the readings of the local CDF is printed and, from a real CDF, kept.
"""
