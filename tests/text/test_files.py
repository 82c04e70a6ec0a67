"""Files that people name: only regular ones, within a limit; written whole or not at all."""

import os
from pathlib import Path

import pytest

from costcheck.text.files import read_file, read_text, whole, write_file


def test_a_limit_holds_on_both_sides(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    assert read_file(str(path), most=5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_file(str(path), most=4)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("fifo", "pipe or a device"), ("/dev/zero", "pipe or a device"), ("folder", "folder")],
)
def test_what_never_ends_is_not_opened(tmp_path, kind, words):
    path = tmp_path / kind
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(OSError, match=words):
        read_file(str(path))


def test_a_pipe_of_the_shell_is_read_where_the_command_line_names_it():
    read, write = os.pipe()
    os.write(write, b"model: 70B")
    os.close(write)
    name = f"/dev/fd/{read}"
    with pytest.raises(OSError, match="pipe"):
        read_file(name)
    assert read_file(name, streams=True) == b"model: 70B"
    os.close(read)


def test_names_and_texts_that_are_none(tmp_path):
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(OSError, match="UTF-8"):
        read_text(str(tmp_path / "latin"))
    for use in (read_file, lambda name: write_file(name, b"")):
        with pytest.raises(OSError, match="no name of a file"):
            use("a\0b")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("old")

    def torn():
        with whole(str(path)) as target:
            Path(target).write_text("half of the n")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        torn()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed_to_its_file_and_rights_are_kept(tmp_path):
    path, link = tmp_path / "real", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o600)
    link.symlink_to("real")
    write_file(str(link), b"new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_laid_at_the_unfinished_file_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f"out.{os.getpid()}.partial").symlink_to(victim)
    write_file(str(tmp_path / "out"), b"new")
    assert victim.read_text() == "precious"
    assert (tmp_path / "out").read_text() == "new"
