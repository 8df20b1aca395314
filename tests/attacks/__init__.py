"""What somebody would try who wants into another's book."""
