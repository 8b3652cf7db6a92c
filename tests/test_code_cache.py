"""Code is made once for a version, never taken changed, and never needed to be kept."""

import pytest

from connhub.code_cache import is_private, keep_code, kept_code, kept_script


@pytest.fixture(autouse=True)
def users_folder(tmp_path, monkeypatch):
    """Where a user's programs keep what they can do without."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "connhub"


@pytest.fixture
def made(tmp_path):
    """What makes a script beside a module, told by how often it was made."""
    times = []

    def make(name="script-1.js"):
        def script():
            times.append(name)
            return f"line 1\r\nline 2: {name}, 新潟"

        return kept_script(str(tmp_path / "module.py"), name, script), len(times)

    return make


def place(tmp_path):
    return tmp_path / "__pycache__" / "script-1.js"


def test_a_script_is_made_once_for_a_version(made):
    script, times = made()
    assert times == 1
    assert made() == (script, 1)  # to the last sign
    assert made("script-2.js")[1] == 2


@pytest.mark.parametrize("content", [b"", b"x", b"\xff\n1", b"0\nchanged"])
def test_what_was_changed_is_made_again(made, tmp_path, content):
    script, _ = made()
    place(tmp_path).write_bytes(content)
    assert made() == (script, 2)
    assert made() == (script, 2)


def test_one_letter_changed_is_seen(made, tmp_path):
    script, _ = made()
    kept = place(tmp_path)
    kept.write_bytes(kept.read_bytes().replace(b"line 2", b"line 3"))
    assert made() == (script, 2)


def test_the_switch_keeps_nothing_and_takes_nothing(made, tmp_path, monkeypatch):
    made()
    monkeypatch.setenv("CONNHUB_CODE_CACHE", "off")
    assert [made()[1], made()[1]] == [2, 3]
    place(tmp_path).unlink()
    made()
    assert not place(tmp_path).exists()


def test_where_the_package_cannot_be_written_the_users_folder_serves(made, tmp_path, users_folder):
    (tmp_path / "__pycache__").write_text("", encoding="utf-8")  # even root cannot write below it
    assert [made()[1], made()[1]] == [1, 1]
    assert [path.name for path in users_folder.glob("*/*")] == ["script-1.js"]


def test_where_nothing_can_be_kept_it_is_made_each_time(made, tmp_path):
    for name in ("__pycache__", "cache"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert [made()[1], made()[1]] == [1, 2]


def test_code_is_of_what_it_depends_on(tmp_path):
    module = str(tmp_path / "module.py")
    keep_code(module, "loop.o", b"old\n\0", "numba 1")
    assert kept_code(module, "loop.o", "numba 2") is None
    keep_code(module, "loop.o", b"new\n\0", "numba 2")
    assert kept_code(module, "loop.o", "numba 2") == b"new\n\0"
    assert kept_code(module, "loop.o", "numba 1") is None
    assert kept_code(module, "other.o", "numba 2") is None


def test_nothing_is_taken_from_where_others_can_write_nor_kept_there(made, tmp_path, users_folder):
    made()
    (tmp_path / "__pycache__").chmod(0o777)
    assert made()[1] == 2
    assert [path.name for path in users_folder.glob("*/*")] == ["script-1.js"]
    assert made()[1] == 2


@pytest.mark.parametrize(
    ("outer", "inner", "private"),
    [
        (0o755, 0o755, True),
        (0o755, 0o757, False),
        (0o757, 0o755, False),
        (0o1777, 0o755, True),
        (0o755, 0o1777, False),
    ],
)
def test_which_folders_are_private(tmp_path, outer, inner, private):
    folder = tmp_path / "outer" / "inner"
    folder.mkdir(parents=True)
    folder.chmod(inner)
    folder.parent.chmod(outer)
    assert is_private(folder) == private
