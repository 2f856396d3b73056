"""Who waits for an earlier time, and offers of freed ones: holds that run out."""
