"""What a Deployment means: findings, reach, the comparison of two Plans, and the paragraph in plain words.

Each reader takes the Deployment as it is and chooses nothing itself.
"""
