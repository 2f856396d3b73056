"""What a patient carries from visit to visit: problems, medicines, allergies, and a pregnancy."""
