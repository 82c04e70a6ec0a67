"""Starter scenarios: commented files that run as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.text import yaml_text

DEFAULT_MODEL = "llama-3.1-8b"

_MODELINE = (
    "# yaml-language-server: $schema=costcheck-scenario.schema.json\n"
    "# The line above gives editors completion and checks. Write the schema beside it with:\n"
    "#   costcheck schema scenario -o costcheck-scenario.schema.json\n"
)

_REST = """\
training:
  tokens: {tokens}                 # tokens seen, repetitions counted
  sequence_length: {length}
  precision: bf16             # bf16 | fp8 | mxfp8 | fp16 | fp32 | tf32 | nvfp4
  # global_batch: 1024        # sequences per optimizer step

fleet:
  gpu: h100                   # costcheck catalog gpus
  count: 512

# How fast it runs. State one of these, or none: then published runs of that kind speak.
# utilization: {{mfu: 40%}}
# layout: auto
# gpu_hours: 500K
# duration: 45 days

# What an hour costs. Without this the dated price book speaks.
# pricing: {{rent: $2.50/GPU-hour}}
# pricing: {{book: {{provider: neocloud, term: reserved-1y}}}}

# energy: {{grid: USA, pue: 1.2}}
# budget: {{cost: under $2M, duration: under 60 days}}

# Public statements to compare with the result:
# claims:
#   - id: announcement
#     text: "trained on 512 H100 in 45 days for $1.4M"
#     gpus: 512
#     duration: 45 days
#     cost: $1.4M
"""


def from_model(catalog: Catalog, name: str) -> str:
    """Return a starter for a model of the catalog."""
    found = catalog.find("models", name)
    if found is None:
        near = catalog.near("models", name)
        hint = f"did you mean {' or '.join(near)}?" if near else "see costcheck catalog models"
        message = f"{name!r} is neither a file nor a model of the catalog"
        raise CostcheckError([Diagnostic("CC302", "error", message, None, hint)])
    data = yaml_text.parse(found.text, found.path).data
    training = data.get("training") or {} if isinstance(data, dict) else {}
    head = f"name: A run of {data['name']}\nmodel: {found.id}\n\n" if isinstance(data, dict) else ""
    rest = _REST.format(
        tokens=training.get("tokens", "1T"), length=training.get("sequence_length", "4096")
    )
    return f"{_MODELINE}{head}{rest}"


def from_file(path: str, text: str, catalog: Catalog) -> str:
    """Return a starter for a Hugging Face config.json or a launch file."""
    if _is_config(text):
        head = f"name: A run of {path}\nmodel: {{config: {json.dumps(path)}}}\n\n"
        return f"{_MODELINE}{head}{_REST.format(tokens='1T', length='4096')}"
    from costcheck.scenario.launch_draft import launch_draft

    return _MODELINE + launch_draft(path, text, catalog)


def _is_config(text: str) -> bool:
    try:
        data = json.loads(text)
    except ValueError:
        return False
    return isinstance(data, Mapping) and ("model_type" in data or "text_config" in data)
