"""Orders: what the doctor wants done, as tasks the station acknowledges, does or declines."""
