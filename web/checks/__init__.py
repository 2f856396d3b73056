"""Check questions: set, answered on the patient's phone, rung, phoned, visited, seen by who asked."""
