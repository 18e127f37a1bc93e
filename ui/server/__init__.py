"""The web server of the page: login, limits, routes and what they answer with."""
