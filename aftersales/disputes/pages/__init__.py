"""The case page, shared by everybody concerned: one page, whose panel shows what each role may do."""
