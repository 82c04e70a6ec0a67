"""The page that runs costcheck in a browser: built from a folder of Pyodide, asked as by a reader.

A whole run in Chromium needs Pyodide with its wheel of numpy, which no package index has: name the
folder of the distribution in COSTCHECK_PYODIDE, as the workflow that publishes the page does.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import ROOT

PAGES = ROOT / ".github" / "pages"
DISTRIBUTION = os.environ.get("COSTCHECK_PYODIDE", "")
HOSTILE = "<script>document.title='owned'</script>"


def module(name: str) -> Any:
    spec = spec_from_file_location(f"pages_{name}", PAGES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def answered(command: list[str], files: dict[str, str], draft: str = "") -> dict[str, Any]:
    question = {"command": command, "files": files, "draft": draft}
    return json.loads(module("page").answer(json.dumps(question)))


def test_a_sentence_gets_its_card_and_its_scenario() -> None:
    text = "DeepSeek-V3 was trained on 2,048 H800 GPUs in 55 days for $5.5 million."
    found = answered(["audit", "article.txt"], {"article.txt": text}, "article.txt")
    assert found["code"] == 0
    assert found["report.html"].startswith("<!doctype html>")
    assert "claims:" in found["scenario.yaml"]
    assert "2,048" in found["scenario.yaml"]


def test_a_form_gets_its_estimate_and_its_scenario() -> None:
    flags = ["--gpu", "h100", "--count", "512", "--tokens", "15T", "--rent", "2.50"]
    command = ["estimate", "llama-3.1-8b", *flags, "--set", "utilization.mfu=40%"]
    found = answered([*command, "--save", "scenario.yaml"], {})
    assert found["code"] == 0, found["said"]
    assert "$1.37M" in found["report.html"]
    assert "llama-3.1-8b" in found["scenario.yaml"]
    again = answered(["estimate", "scenario.yaml"], {"scenario.yaml": found["scenario.yaml"]})
    assert again["code"] == 0, again["said"]


def test_what_cannot_be_read_is_said() -> None:
    found = answered(["estimate", "scenario.yaml"], {"scenario.yaml": f"model: {HOSTILE}\n"})
    assert found["code"] == 2
    assert found["report.html"] == ""
    assert "error[" in found["said"]


@pytest.fixture
def pyodide(tmp_path: Path) -> Path:
    """A folder that looks like Pyodide's npm package: a list of wheels, none of them there."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        (folder / name).write_bytes(b"")
    (folder / "package.json").write_text('{"version": "314.0.7"}')
    wheels = {
        name: {"file_name": f"{name}.whl", "sha256": hashlib.sha256(name.encode()).hexdigest()}
        for name in ("numpy", "pyyaml")
    }
    (folder / "pyodide-lock.json").write_text(json.dumps({"packages": wheels}))
    return folder


def test_only_the_named_distribution_is_asked(pyodide: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert module("build").build(pyodide, site) == ["numpy", "pyyaml"]
    texts = [file.read_text() for file in site.iterdir() if file.suffix in (".js", ".html", ".css")]
    hosts = set(re.findall(r"https?://[\w.-]+", "".join(texts)))
    settings = json.loads((site / "settings.json").read_text())
    assert "v314.0.7" in settings["elsewhere"]
    assert hosts == set(re.findall(r"https://[\w.-]+", settings["elsewhere"]))
    assert settings["elsewhere"] in (site / "index.html").read_text()


def test_a_whole_distribution_asks_nobody(pyodide: Path, tmp_path: Path) -> None:
    for name in ("numpy", "pyyaml"):
        (pyodide / f"{name}.whl").write_text(name)
    site = tmp_path / "site"
    assert module("build").build(pyodide, site) == []
    assert json.loads((site / "settings.json").read_text())["elsewhere"] == ""
    assert "://" not in (site / "index.html").read_text()
    assert (site / "pyodide" / "numpy.whl").is_file()


def test_another_wheel_than_the_listed_one_is_refused(pyodide: Path, tmp_path: Path) -> None:
    (pyodide / "numpy.whl").write_text("something else")
    with pytest.raises(SystemExit, match="is not the wheel"):
        module("build").build(pyodide, tmp_path / "site")


class Waiting(SimpleHTTPRequestHandler):
    """A server whose /wait answers when the page has asked for /done, so that a browser waits."""

    done: threading.Event

    def do_GET(self) -> None:
        if self.path == "/done":
            self.done.set()
        elif self.path == "/wait":
            self.done.wait(120)
        if self.path in ("/done", "/wait"):
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    kind = type("Here", (Waiting,), {"done": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, directory=str(site)))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()
        server.server_close()


def dom(site: Path, folder: Path) -> str:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium or google-chrome")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=10000"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with served(site) as address:
        done = subprocess.run(
            [*command, address], capture_output=True, text=True, timeout=200, check=True
        )
    return done.stdout


def test_a_browser_without_webassembly_is_told(pyodide: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    module("build").build(pyodide, site)
    program = site / "page.js"
    program.write_text("delete globalThis.WebAssembly;\n" + program.read_text())
    shown = dom(site, tmp_path)
    assert '<p id="without">' in shown
    assert '<div id="with" hidden="">' in shown


@pytest.mark.parametrize("form", ["sentence", "run"])
def test_costcheck_runs_in_a_browser(form: str, tmp_path: Path) -> None:
    if not DISTRIBUTION:
        pytest.skip("needs the folder of a Pyodide distribution in COSTCHECK_PYODIDE")
    site = tmp_path / "site"
    assert module("build").build(Path(DISTRIBUTION), site) == []
    with (site / "page.js").open("a") as script:
        script.write(
            f"\nfind('{form}').requestSubmit(); fetch('/wait');\n"
            "worker.addEventListener('message', ({ data }) => data.ready || fetch('/done'));\n"
        )
    shown = dom(site, tmp_path)
    said = re.search(r'<p id="said".*?>(.*?)</p>', shown, re.DOTALL)
    assert said is not None
    assert re.search(r'<iframe id="report"[^>]*srcdoc="(<|&lt;)!doctype', shown), said.group(1)


def test_only_a_page_that_answered_is_published() -> None:
    """The workflow tries in a browser what it builds; foreign actions are named by their commit."""
    text = (ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    steps = jobs["build"]["steps"]
    runs = [at for at, step in enumerate(steps) if "COSTCHECK_PYODIDE" in step.get("env", {})]
    built = [at for at, step in enumerate(steps) if "pages/build.py" in step.get("run", "")]
    sent = [at for at, step in enumerate(steps) if "upload-pages-artifact" in step.get("uses", "")]
    assert runs < built < sent
    assert jobs["publish"]["needs"] == "build"
    assert all(
        re.search(r"@[0-9a-f]{40}$", each)
        for each in re.findall(r"actions/\S+-pages\S*|\S+-pages-\S+", text)
    )
