"""Every side effect of the program: disk, network, containers, clock. Nothing outside this package has any."""
