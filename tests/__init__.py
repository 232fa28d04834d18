"""Tests: values in, values out; recorded sessions where a venue is concerned."""
