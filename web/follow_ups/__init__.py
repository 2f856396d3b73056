"""Next visits that are due: from the doctor's window to an appointment in two taps."""
