"""Assistants: plain values, the protocol, and a module for each. They import neither Flask nor the tables."""
