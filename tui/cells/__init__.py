"""Parts of the footprint: bars as cells of numbers."""
