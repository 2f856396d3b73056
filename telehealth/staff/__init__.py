"""People who work in health facilities, their dated memberships, and how they sign in."""
