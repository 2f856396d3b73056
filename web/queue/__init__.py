"""The doctor's queue: who comes today, who is waiting now."""
