"""The model: books, bars, footprints, profiles and depth history. Pure: no I/O, no clock."""
