"""What to say of a result, as blocks that every format renders."""
