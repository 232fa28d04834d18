"""Parts of the list of what detectors found, and its marks on charts."""
