"""Messages about tasks on their way to people: who receives them, and the channels by which they go."""
