"""The command line: arguments to calls, results to exit codes.

One module for each command stands in `commands`; nothing is imported before its command runs.
"""
