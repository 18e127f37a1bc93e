"""What all screens share: templates and macros, words and numbers, how a screen is declared."""
