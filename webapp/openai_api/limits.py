"""The size of requests with a whole history."""

#: Clients send the whole history every time. The body may be as large as this number of messages of maximum length.
HISTORY_TEXTS = 16
