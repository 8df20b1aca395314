"""Imports: an upload is read and compared with what is here, its user confirms the report, and it is written.

Reading, writing and undoing are jobs. Writing compares each conversation again in its own transaction, so it may end at
any moment and be done twice: what is there already is left alone.
"""
