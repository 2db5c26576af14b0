"""Look inside a model path before anything is asked about it.

`inspect` says what is there and what is wrong with it, `sample` makes a small request for it, `browse` helps to pick
a path, `tree` draws one. All of it only reads, within limits; nothing is unpacked, imported or run.
"""
