"""The shapes of the JSON door: what is taken and what is answered, a noun a file."""
