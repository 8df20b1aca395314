"""Tags: named groups of chat sessions, and the instructions that count in them."""
