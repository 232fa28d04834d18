"""Parts of the tape."""
