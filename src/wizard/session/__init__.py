"""The conversation without an interface: steps as data, the history of answers, proposals and the draft.

The screens and the line prompts show it, and have no rules of their own.
"""
