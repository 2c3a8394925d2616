"""Faults on command: what the network and CDF do to a client now and then, done to chosen requests.

``kinds`` is the table of what can happen, ``rules`` says to which requests, ``effects`` does it.
"""
