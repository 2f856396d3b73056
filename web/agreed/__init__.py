"""What is done with an agreed appointment: another time, another doctor, what follows a break-off."""
