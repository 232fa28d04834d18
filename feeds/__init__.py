"""Exchange feeds: sans-I/O adapters, the only sockets and files, and the sources made of them."""
