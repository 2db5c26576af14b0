"""What will be answered: probes with their predicted outcomes, and the browser's verdicts on them.

Pure; a trial compares them with what it measures.
"""
