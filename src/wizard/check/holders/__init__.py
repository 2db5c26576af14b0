"""Files that say how processes are started: each module reads one kind and yields `Start` values."""
