"""Recognising and reading model archives and stores: manifest, handler, members. Nothing is unpacked or executed."""
