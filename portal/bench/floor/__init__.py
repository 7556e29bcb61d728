"""The floor: the same rows written by a bare Django view with session and sign-in, no rules, no money, no proof."""
