"""Memory of one GPU: weights, gradients, optimizer, activations, logits, buffers."""
