"""Everything that shows the program does what its documents say."""
