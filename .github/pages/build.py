"""Build the static page that runs costcheck in a browser: no server, no account, no tracker.

    npm pack pyodide && tar xzf pyodide-*.tgz
    python .github/pages/build.py --pyodide package --out site

The folder is that of Pyodide's npm package, or of its whole distribution. A wheel that it lacks is
loaded by the reader's browser from the distribution of that very version, as the page says, and
is refused unless it has the hash in Pyodide's own list.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import shutil
import sys
import zipfile
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

DISTRIBUTION = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
"""Where the project of Pyodide publishes the wheels of a version."""

CORE = ("pyodide.mjs", "pyodide.asm.*", "python_stdlib.zip", "pyodide-lock.json", "package.json")
WHEELS = ("numpy", "pyyaml")
PURE = ("typer", "annotated_doc", "shellingham", "click")
"""Packages in plain Python, taken from where this program runs; one that is not there is none of
what its typer needs."""

SOURCES = {"src/costcheck": "costcheck", "configs": "costcheck/_configs"}


def main() -> None:
    """Build the site."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pyodide", type=Path, required=True, help="folder of Pyodide")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    missing = build(arguments.pyodide, arguments.out)
    said = f"loaded from elsewhere by the browser: {', '.join(missing)}" if missing else "complete"
    sys.stdout.write(f"{arguments.out}: {said}\n")


def build(pyodide: Path, out: Path) -> list[str]:
    """Write the site; the wheels that it lacks."""
    (out / "pyodide").mkdir(parents=True, exist_ok=True)
    for pattern in CORE:
        for file in pyodide.glob(pattern):
            shutil.copy(file, out / "pyodide" / file.name)
    known = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    missing = [name for name in WHEELS if not _copied(known[name], pyodide, out / "pyodide")]
    version = json.loads((pyodide / "package.json").read_text(encoding="utf-8"))["version"]
    elsewhere = DISTRIBUTION.format(version=version) if missing else ""
    with zipfile.ZipFile(out / "python.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted(_python()):
            # No clock: the same sources give the same bytes.
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    _write_page(out, {"wheels": known, "elsewhere": elsewhere, "version": version})
    return missing


def _copied(package: Mapping[str, Any], source: Path, target: Path) -> bool:
    """Copy a wheel that is the one Pyodide's own list means."""
    file = source / package["file_name"]
    if not file.is_file():
        return False
    if hashlib.sha256(file.read_bytes()).hexdigest() != package["sha256"]:
        raise SystemExit(f"{file} is not the wheel that pyodide-lock.json means")
    shutil.copy(file, target / file.name)
    return True


def _python() -> Iterator[tuple[str, bytes]]:
    """Files of costcheck and of the packages in plain Python that it needs."""
    for source, target in SOURCES.items():
        yield from _files(ROOT / source, target)
    for name in PURE:
        found = find_spec(name)
        if found is not None and found.submodule_search_locations:
            yield from _files(Path(found.submodule_search_locations[0]), name)
    yield "page.py", (HERE / "page.py").read_bytes()


def _files(folder: Path, target: str) -> Iterator[tuple[str, bytes]]:
    for file in folder.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".so":
            yield f"{target}/{file.relative_to(folder).as_posix()}", file.read_bytes()


def _write_page(out: Path, settings: Mapping[str, Any]) -> None:
    sys.path.insert(0, str(ROOT / "src"))
    from costcheck.report.formats.html import hash_of
    from costcheck.report.formats.live import script

    elsewhere = settings["elsewhere"]
    told = f"; of these, the wheels of Python packages from {elsewhere}" if elsewhere else ""
    page = (HERE / "index.html").read_text(encoding="utf-8")
    for word, value in {
        # The report runs inside of this page: its own program, and no other.
        "{{program}}": hash_of(script()),
        "{{version}}": html.escape(f"{settings['version']}{told}"),
        "{{names}}": "".join(
            f"<option>{html.escape(file.stem)}</option>"
            for file in sorted((ROOT / "configs" / "models").glob("*.yaml"))
        ),
        "{{accelerators}}": "".join(
            f"<option>{html.escape(file.stem)}</option>"
            for file in sorted((ROOT / "configs" / "gpus").glob("*.yaml"))
        ),
    }.items():
        page = page.replace(word, value)
    (out / "index.html").write_text(page, encoding="utf-8")
    for name in ("page.js", "worker.js", "page.css"):
        shutil.copy(HERE / name, out / name)
    start = {"elsewhere": elsewhere, "wheels": WHEELS}
    (out / "settings.json").write_text(json.dumps(start), encoding="utf-8")


if __name__ == "__main__":
    main()
