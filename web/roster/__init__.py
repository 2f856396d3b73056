"""Rosters: the coordinator's week board, pools, a doctor's own shifts."""
