"""Measurements, each a ratio against a bare baseline of the same run; never part of the test suite.

The server is pinned to one core, whoever asks to the other. Rounds of product and baseline alternate,
so that a machine whose speed drifts disturbs both alike; the median of the rounds' ratios is quoted.
"""
