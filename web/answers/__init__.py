"""Later answers: sending a visit, the thread, what waits for a doctor, what is overdue."""
