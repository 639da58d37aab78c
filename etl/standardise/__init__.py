"""From what a sender wrote to what a contract says: pure, vectorised, and with a note for whatever was changed."""
