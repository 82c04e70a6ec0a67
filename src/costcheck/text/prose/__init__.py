"""What an article says of trainings: sentences, names, figures, and which belongs to which."""
