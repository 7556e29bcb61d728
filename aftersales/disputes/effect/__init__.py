"""What a draft of a rule pack would have done to the cases of the last 90 days."""
