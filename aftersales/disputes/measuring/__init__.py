"""What cases say of buyers and sellers, measured for the rooms below: facts come up, calls go down."""
