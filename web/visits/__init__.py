"""The visit: what is there so far, the signed record, its print."""
