"""The assistants and models that the settings offer."""
