"""The conversation without a face: steps as data, the history of answers, proposals and the draft.

The screens and the line prompts show it and hold no rule of their own.
"""
