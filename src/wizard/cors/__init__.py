"""Origins, what browsers do with CORS headers, and policies. Pure: no network, no server's own syntax."""
