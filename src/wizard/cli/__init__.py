"""The command line: arguments to calls, results to exit codes.

`commands` has one module for each command; nothing is imported before its command runs.
"""
