"""Origins, what a browser does with CORS headers, and policies: pure, no network, no server's spelling."""
