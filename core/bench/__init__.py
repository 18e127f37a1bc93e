"""The services behind the screens and the commands, over one opened corpus."""
