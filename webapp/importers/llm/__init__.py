"""The database `logs.db` of the command `llm`. Version 0.36 brought other tables; upgraded files have both sets."""
