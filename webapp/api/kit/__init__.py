"""What every JSON route is made of: reading and checking, answering, conditions, keys, and the document."""
