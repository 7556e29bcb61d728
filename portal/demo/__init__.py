"""The demo marketplace: our own shops, products and pictures; cases in every state, made by the real verbs."""
