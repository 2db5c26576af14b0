"""This computer: its facts, engines, ports, files, drafts and tokens on disk.

What touches the world outside a trial lives here; everything below is pure.
"""
