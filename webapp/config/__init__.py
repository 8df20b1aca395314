"""Settings, read from the environment once at startup and validated strictly."""
