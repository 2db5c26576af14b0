"""What two or more screens are made of. Each draws values it is given and posts messages; none decides."""
