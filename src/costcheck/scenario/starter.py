"""Starter scenarios: commented files that run as they are."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError, Diagnostic, Place, refusal
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
        raise refusal("CC302", message, None, hint)
    data = yaml_text.parse(found.text, found.path).data
    training = data.get("training") or {} if isinstance(data, dict) else {}
    head = f"name: A run of {data['name']}\nmodel: {found.id}\n\n" if isinstance(data, dict) else ""
    rest = _REST.format(
        tokens=training.get("tokens", "1T"), length=training.get("sequence_length", "4096")
    )
    return f"{_MODELINE}{head}{rest}"


def from_file(path: str, text: str, catalog: Catalog, output: str | None = None) -> str:
    """Return a starter for a config.json, its path as seen from the output, or a launch file."""
    config = model_config(text)
    if config is not None:
        from costcheck.catalog.huggingface import read_config

        problems = read_config(config).problems
        if problems:
            at = Place(path)
            raise CostcheckError(
                [
                    Diagnostic(p.code, "error", f"{p.field}: {p.message}", at, p.help)
                    for p in problems
                ]
            )
        beside = os.path.dirname(output) if output and output != "-" else ""
        seen = os.path.relpath(path, beside or os.curdir)
        head = f"name: A run of {path}\nmodel: {{config: {json.dumps(seen)}}}\n\n"
        return f"{_MODELINE}{head}{_REST.format(tokens='1T', length='4096')}"
    from costcheck.scenario.launch_draft import launch_draft

    return _MODELINE + launch_draft(path, text, catalog)


def model_config(text: str) -> Mapping[str, object] | None:
    """Return the model config a text holds, None where it holds none."""
    try:
        data = json.loads(text)
    except ValueError:
        return None
    if not isinstance(data, Mapping):
        return None
    named = any(name in data for name in ("model_type", "text_config", "llm_config"))
    shaped = "hidden_size" in data and "architectures" in data
    return data if named or shaped or {"dim", "n_layers", "n_heads"} <= data.keys() else None
