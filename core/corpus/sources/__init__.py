"""Where the images of a corpus lie: files, or members of archives that are read in place."""
