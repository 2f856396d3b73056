"""Pools of doctors that stations ask together, and who of them is on duty."""
