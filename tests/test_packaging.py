"""The wheel holds the code and the catalogs."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.commands import ROOT

pytest.importorskip("hatchling", reason="needs hatchling to build")


def test_the_wheel_holds_every_config_and_example(tmp_path):
    # A copy, so that nothing is written into the checkout.
    copy = tmp_path / "copy"
    ignore = shutil.ignore_patterns(".git", ".venv", "__pycache__", "tests", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=ignore)
    build = "from hatchling.build import build_wheel; print(build_wheel('dist'))"
    done = subprocess.run(
        [sys.executable, "-c", build], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = (copy / "dist").glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("configs", "_configs"), ("examples", "_examples")):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                assert f"costcheck/{inside}/{path.relative_to(ROOT / folder).as_posix()}" in names
    assert "costcheck/py.typed" in names
