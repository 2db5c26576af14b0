"""Reads existing files: recognises them, reads them with positions, combines them, says what each line does, and
fixes it.

It has no side effects; a function passed in reads neighbouring files. The caller walks folders and writes files.
"""
