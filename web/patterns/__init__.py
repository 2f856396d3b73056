"""The pattern page: every part of the visual language with invented data, in demonstration mode only."""
