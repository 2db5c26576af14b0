"""What a Deployment means: findings, reach, the comparison of two Plans, and the summary in plain words.

All of them take the Deployment as it is and make no choices themselves.
"""
