"""What happens after an act: the patient is told, answers, and somebody sees to the answer."""
