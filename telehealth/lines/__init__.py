"""What the lines of stations carry: checks, their verdicts, and which stations need a better one."""
