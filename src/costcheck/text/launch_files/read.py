"""Tells launch files apart and hands them to their reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from costcheck.text.launch_files.found import LaunchImport, Options


def read_launch_file(text: str, name: str) -> LaunchImport:
    """Read a launch file into a draft of a scenario."""
    from costcheck.text.launch_files.megatron import read_megatron

    ending = name.rsplit(".", 1)[-1].lower()
    if ending == "toml":
        return _read_toml(text)
    if ending in ("yaml", "yml"):
        return _read_yaml(text)
    from costcheck.text.launch_files.shell import read_shell_options

    found = read_shell_options(text)
    options = _normalised(found.certain.items(), "--")
    for key, value in found.conditional.items():
        shown = f"--{key}" if value is True else f"--{key} {value}"
        options.left_open.append(f"{shown} stands in a condition of the script: not taken")
    return read_megatron(options)


def _read_toml(text: str) -> LaunchImport:
    import tomllib

    from costcheck.text.launch_files.torchtitan import read_torchtitan

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return LaunchImport({}, left_open=(f"the file is no valid TOML: {error}",))
    pairs = dict(_flattened(data, ""))
    return read_torchtitan(Options(pairs, {key: key for key in pairs}))


def _read_yaml(text: str) -> LaunchImport:
    import yaml

    from costcheck.text.launch_files.megatron import read_megatron

    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        first = str(error).splitlines()[0]
        return LaunchImport({}, left_open=(f"the file is no valid YAML: {first}",))
    if not isinstance(data, Mapping):
        return LaunchImport({}, left_open=("the file holds no mapping of arguments",))
    leaves = ((path.rsplit(".", 1)[-1], value) for path, value in _flattened(data, ""))
    return read_megatron(_normalised(leaves, ""))


def _flattened(data: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", value


def _normalised(pairs: Iterable[tuple[str, object]], dashes: str) -> Options:
    values: dict[str, object] = {}
    written: dict[str, str] = {}
    for key, value in pairs:
        name = key.lstrip("-").replace("-", "_").lower()
        if name not in values:
            values[name], written[name] = value, f"{dashes}{key}"
    return Options(values, written)
