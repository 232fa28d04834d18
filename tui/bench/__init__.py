"""`tapetop bench`: figures as ratios to a stated reference, measured beside it in one run."""
