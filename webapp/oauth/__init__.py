"""The door of connected apps: what they read first, and the endpoints that they call themselves."""
