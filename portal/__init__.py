"""The portal: officers send, stewards decide, managers read. A web application of its own over the same steps and database."""
