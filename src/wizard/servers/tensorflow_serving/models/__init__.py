"""Recognising and reading SavedModels: tags, signatures, operations. Nothing is executed."""
