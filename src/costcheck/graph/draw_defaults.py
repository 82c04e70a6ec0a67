"""How many draws, and from which seed: apart from the drawing, so that help needs no numpy."""

DEFAULT_SAMPLES = 8_192
DEFAULT_SEED = 20_241_226
