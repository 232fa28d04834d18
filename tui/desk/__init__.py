"""The monitor without a terminal: sources, instruments, panes, tiles and their layouts."""
