"""The city's health-book pipeline: files come in, one health book for each resident goes out."""
