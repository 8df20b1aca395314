"""Request processing that all doors share."""
