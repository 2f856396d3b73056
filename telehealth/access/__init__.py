"""Who may do what, and whose data they may see: one table, one function, one scoped query path."""
