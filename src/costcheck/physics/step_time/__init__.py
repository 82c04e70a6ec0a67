"""Step time of a parallel layout: layers, communication, pipeline, optimizer."""
