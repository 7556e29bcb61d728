"""Orders over REST: one in, many out."""
