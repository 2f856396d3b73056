"""Pages of lists of medicines: which there are, what is in them, who approved them."""
