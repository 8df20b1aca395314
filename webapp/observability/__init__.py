"""What the operator can see: logs, request ids and the names of failures. Never what somebody wrote."""
