"""llama.cpp's server. What is true of it, and of no other server, is in here."""
