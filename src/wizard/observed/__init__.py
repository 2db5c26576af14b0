"""What was read of files that people have, as values: sources, how processes are started, settings, remarks.

Below the servers, so that each server's own readers can speak of these; nothing here knows a server or touches a disk.
"""
