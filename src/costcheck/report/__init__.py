"""Results as text: every function here returns a string and prints nothing."""
