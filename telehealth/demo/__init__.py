"""The demo: the real pilot's places, plainly invented people."""
