"""Being told while the page is closed: the part of the on-duty card, the worker of the browser."""
