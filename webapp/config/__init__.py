"""Settings: read from the environment once at the start, checked strictly."""
