"""Whether a folder of wheels has all that connhub needs on Windows: python check_bundle.py WHEELS.

Where the wheels were downloaded, markers such as ``sys_platform == 'win32'`` are judged by the
machine that downloads; here they are judged as Windows does, for each version of Python.
"""

from __future__ import annotations

import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

VERSIONS = ((3, 11), (3, 12), (3, 13))
WINDOWS = {
    "sys_platform": "win32",
    "platform_system": "Windows",
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
}


def lacking(folder: Path, version: tuple[int, int]) -> list[str]:
    """Requirements of connhub[report] that no wheel of the folder meets, in a version of Python."""
    tags = {*cpython_tags(version, platforms=["win_amd64"])}
    tags |= {*compatible_tags(version, f"cp{version[0]}{version[1]}", ["win_amd64"])}
    wheels = {}
    for path in folder.glob("*.whl"):
        name, number, _, own = parse_wheel_filename(path.name)
        if own & tags:
            wheels.setdefault(name, {})[number] = path
    text = ".".join(map(str, version))
    machine = {**WINDOWS, "python_version": text, "python_full_version": f"{text}.0"}
    todo, seen, missing = [Requirement("connhub[report]")], set(), []
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        fitting = [n for n in wheels.get(name, {}) if requirement.specifier.contains(n)]
        if not fitting:
            missing.append(str(requirement))
            continue
        key = (name, *sorted(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        with zipfile.ZipFile(wheels[name][max(fitting)]) as wheel:
            inside = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
            metadata = HeaderParser().parsestr(wheel.read(inside).decode())
        for line in metadata.get_all("Requires-Dist") or []:
            more = Requirement(line)
            extras = requirement.extras or {""}
            if not more.marker or any(
                more.marker.evaluate({**machine, "extra": e}) for e in extras
            ):
                todo.append(more)
    return missing


def main(folder: str) -> int:
    """Print what is lacking; returns whether anything is."""
    found = {version: lacking(Path(folder), version) for version in VERSIONS}
    for version, missing in found.items():
        print("Python {}.{}:".format(*version), ", ".join(missing) or "complete")
    return any(found.values())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
