"""What a message to customer service is about: our own cues, weighed; no model file, no network, explainable."""
