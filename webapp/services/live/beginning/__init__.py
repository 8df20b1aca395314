"""Beginning a live turn: a resolver for each action says where it goes, `start` stores it and starts the writer."""
