"""Ways for texts to leave, one small module each."""
