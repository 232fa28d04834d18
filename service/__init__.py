"""Headless front end: commands that read feeds and print or store, without a screen."""
