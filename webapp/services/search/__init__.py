"""Search in the user's transcripts: by words in the order of relevance or time, and by questions."""
