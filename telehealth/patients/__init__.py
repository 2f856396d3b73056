"""The people cared for: who they are, how to reach them, who acts for them."""
