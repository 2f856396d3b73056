"""Pools of doctors: their terms and who is in them."""
