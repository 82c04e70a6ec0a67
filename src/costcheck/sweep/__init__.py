"""Many scenarios at once: a grid of keys, or a table of rows, streamed into a file."""
