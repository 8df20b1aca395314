"""The server: a process that supervises, and workers that each serve the WSGI app from one event loop.

A worker's loop reads whole requests and writes answers; a view holds a thread only while it computes, and streams hold
none at all.
"""
