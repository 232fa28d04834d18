"""One file a pane: frozen settings and a pure draw method."""
