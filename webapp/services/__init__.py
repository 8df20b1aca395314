"""What the app does, a noun a file: plain functions that take the user first. The only code that commits."""
