"""The version of tapetop, read by the build and by `tapetop --version`."""

__version__ = "0.1.0"
