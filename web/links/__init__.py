"""What patients see behind their links."""
