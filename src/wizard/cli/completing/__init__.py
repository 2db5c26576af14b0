"""Completion for four shells: what can follow, read from the parser, and one module for each shell's syntax."""
