"""Predictions against published runs and measured throughput: error and coverage."""
