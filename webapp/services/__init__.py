"""What the app does, one noun per module: plain functions that take the user first. Only they commit."""
