"""Files that go out to other tools and come back."""
