"""Photos and papers of a visit: sending, looking, turning, pointing, taking back, printing."""
