"""Importers: bytes in, neutral records out. They know neither Flask nor the database.

One module or package for each format. `detection.py` finds the format of each file of an upload by its content.
"""
