"""Pages of prescriptions: writing, paper, what its code is answered with, lists of medicines."""
