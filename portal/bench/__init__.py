"""The benchmark: real services over the real HTTP stack, beside a bare-Django floor and a raw-SQL floor, in one run."""
