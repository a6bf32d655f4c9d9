"""The long-term archive - OCFL objects that explain themselves."""
