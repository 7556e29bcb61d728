"""Evidence files: looked into, cleaned, stored, and shown only to those concerned."""
