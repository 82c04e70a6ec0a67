"""What an AI training run takes, and whether a claim about one holds."""
