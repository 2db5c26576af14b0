"""Try it: start what was written, probe it from the places that matter, report, and leave nothing behind.

Only this package measures; `prediction` predicts, and the two share no code.
"""
