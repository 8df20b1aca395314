"""The server: a supervisor process, and workers that each serve the WSGI app from one event loop.

The event loop reads whole requests and writes responses. A view holds a thread only while it computes, and a stream
holds none.
"""
