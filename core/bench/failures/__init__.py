"""Where the AP is lost: classes, slices, difficulty, the descriptor map."""
