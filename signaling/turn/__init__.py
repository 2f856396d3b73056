"""Proof that a TURN relay works and is safe, asked from outside as a stranger would."""
