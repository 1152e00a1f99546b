"""A realistic IVR and its exact truth: what `iact simulate` writes and what tests compare against."""
