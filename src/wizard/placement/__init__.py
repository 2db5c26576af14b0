"""Which layer makes each wish true: Plan and Host become a Deployment here, and nowhere else.

A wish is granted by the server itself, by Docker's publish, by the gateway, or not at all.
"""
