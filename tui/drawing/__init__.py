"""What every picture is made of: canvas, colours, text, axes and time."""
