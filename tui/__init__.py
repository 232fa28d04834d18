"""Terminal front end: panes, canvas, the app and the command line."""
