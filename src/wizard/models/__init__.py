"""Look inside a model path before anything is asked about it.

It only reads, within limits; nothing is unpacked, imported or run.
"""
