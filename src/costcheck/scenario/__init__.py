"""What a scenario file may say, read into typed values with their places."""
