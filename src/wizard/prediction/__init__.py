"""What will be answered: probes with their predicted outcomes, and the browser's verdicts over them.

Pure; a trial puts what was measured beside it.
"""
