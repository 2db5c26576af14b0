"""The kinds of files, besides command lines, that llama-server's settings stand in."""

PRESETS, VARIABLES = "models.ini", "variables"
