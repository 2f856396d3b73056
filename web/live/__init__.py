"""The live stream: one per browser, telling pages which topics changed."""
