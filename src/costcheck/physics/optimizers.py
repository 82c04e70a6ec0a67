"""What optimizers keep for every parameter they train."""

OPTIMIZER_BYTES = {"adamw": 12.0, "muon": 8.0, "adafactor": 4.0, "sgd": 4.0, "adamw-8bit": 6.0}
"""Bytes per trained parameter beside the working copy and its gradient.

32-bit master weights, then two 32-bit moments (AdamW), one (Muon), factored ones of no size
(Adafactor), none (SGD, whose momentum is 0 unless somebody sets it), or two in 8 bits.
"""

WORKING_BYTES = 4.0
"""Bytes per parameter of a 16-bit working copy and its gradient."""
