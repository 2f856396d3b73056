"""Web Push: telling a rung doctor's closed browser that something rings, and nothing else."""
