"""One module for each command, imported when it runs. Each has `run(options) -> exit code`."""
