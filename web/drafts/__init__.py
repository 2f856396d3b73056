"""What browsers keep of what was typed and not sent yet."""
