"""Parts of the pictures of volume and time by price."""
