"""The benchmark: every operation as a ratio to the barest app that does the same work, in the same run."""
