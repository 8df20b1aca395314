"""Reaching the database: engine, transactions, snapshots, and what a failure of it means."""
