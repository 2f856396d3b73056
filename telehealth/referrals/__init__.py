"""Referrals: a patient sent on from any level to any other, answered with a clock, and sent back."""
