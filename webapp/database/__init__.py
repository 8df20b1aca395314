"""The database: engine, transactions, snapshots, and the meaning of its errors."""
