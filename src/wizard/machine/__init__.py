"""This computer: its facts, engines, ports, files, drafts and tokens on disk.

Code that touches the world outside a trial is here; everything below is pure.
"""
