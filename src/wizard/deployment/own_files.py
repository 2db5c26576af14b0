"""Files that a deployment has beside the written ones: certificates, and a socket that is nobody's."""

TRIAL_PAIR = ("./secrets/tls.crt", "./secrets/tls.key")
"""Certificate and key that are made for trials, relative to the written files."""
COPIED_PAIR = ("./secrets/own.crt", "./secrets/own.key")
"""Copies of the user's own, where the account in the container cannot read those."""
OWN_SOCKET = "serving-wizard-grpc.sock"
"""Where gRPC listens in the server's own folder, if nobody is meant to reach it."""
