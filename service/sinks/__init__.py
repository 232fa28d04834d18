"""What `tapetop export` writes its rows to: one file a format."""
