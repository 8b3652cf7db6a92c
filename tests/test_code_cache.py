"""Scripts are made once for a version, never taken changed, and never needed to be kept."""

import pytest

from connhub.code_cache import kept_script


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


def test_where_nothing_can_be_kept_it_is_made_each_time(made, tmp_path):
    (tmp_path / "__pycache__").write_text("", encoding="utf-8")  # even root cannot write below it
    assert [made()[1], made()[1]] == [1, 2]
