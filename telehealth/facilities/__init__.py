"""Health facilities, their dated codes, and the two dated graphs between them."""
