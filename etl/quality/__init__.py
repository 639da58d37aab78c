"""Đúng, đủ, sạch, sống: what the rules say of a batch, how it scores, and who must mend what."""
