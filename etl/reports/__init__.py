"""What managers and engineers read: the quality page, and where things stand."""
