"""Cases over REST: the same verbs as the pages, the same answers in JSON."""
