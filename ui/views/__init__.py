"""One file per screen: `build` makes its components, `wire` its events."""
