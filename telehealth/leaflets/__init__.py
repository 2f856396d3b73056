"""What a patient takes home from a visit: the doctor's words, medicine days, papers, and how it went."""
