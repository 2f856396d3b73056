"""A link laboratory: browsers and servers in network namespaces, joined by links that are as bad as asked."""
