"""The theme editor: its rows, what their colours are for, and the dialog itself."""
