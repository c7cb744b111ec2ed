"""The tables of a generated application, and the way from one form of them to another."""
