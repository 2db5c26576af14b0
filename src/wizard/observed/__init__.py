"""What was read in existing files, as values: sources, how processes are started, settings, remarks.

It is below the servers, so that each server's readers can use these values; nothing here knows a server or touches a
disk.
"""
