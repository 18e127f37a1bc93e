"""Image files and the tables that say which shows what."""
