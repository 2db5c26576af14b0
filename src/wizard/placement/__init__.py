"""Which layer grants each wish: only here do Plan and Host become a Deployment.

A wish is granted by the server itself, by Docker's publish, by the gateway, or not at all.
"""
