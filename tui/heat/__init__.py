"""Parts of the heatmap."""
