"""What became of cases: sales kept, at what cost, and how much of it a plan brought about."""
