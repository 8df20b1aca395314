"""Files of messages: bytes named by their SHA-256, stored once per owner in chunks, served to their owner only."""
