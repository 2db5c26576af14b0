"""Serving Wizard: from a model on disk to a model server proven to be reachable as meant."""

__version__ = "0.1.0"
