"""The school's books: which periods are closed. What is posted follows from all other facts."""
