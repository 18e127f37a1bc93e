"""What surrounds every screen: header, sidebar, receipt, key help, the screen as code."""
