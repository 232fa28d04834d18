"""Parts of the table of instruments."""
