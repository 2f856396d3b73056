"""Reports for those who coordinate."""
