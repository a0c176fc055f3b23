"""Commands by which somebody gets in: given by the portal, for who holds a link or logged in."""
