"""What users call: what the public modules export, and what the API reference documents."""

import inspect
import re
from importlib import import_module

import connhub
import connhub.examination
import connhub.measures.roles
import connhub.networks
import connhub.plots
import connhub.publishing
import connhub.regions
import connhub.scenario
import connhub.selection
from tests.builders import ROOT

PUBLIC = [
    connhub,
    connhub.examination,
    connhub.measures.roles,
    connhub.networks,
    connhub.plots,
    connhub.publishing,
    connhub.regions,
    connhub.scenario,
    connhub.selection,
]
"""Modules from which users import."""
GROUND = ("connhub.errors", "connhub.options", "connhub.schema", "connhub.text.catalogue")
"""Modules of the reference that errors themselves rest on."""
_MODULE = re.compile(r"^\.\. currentmodule:: (\S+)", re.M)
_DOCUMENTED = re.compile(r"^\.\. auto(function|class):: (\S+)((?:\n +:.*)*)", re.M)


def public_functions(*, ground=False):
    """Functions and methods that users call, by name; perhaps also of the ground."""
    exported = [(f"{m.__name__}.{name}", getattr(m, name)) for m in PUBLIC for name in m.__all__]
    found = {}
    for label, thing in [*exported, *documented(ground=ground)]:
        if inspect.isclass(thing):
            for method, function in inspect.getmembers(thing, inspect.isroutine):
                here = getattr(function, "__module__", "") or ""
                named = here.startswith("connhub") and not method.startswith("_")
                if named and callable(function):  # Python 3.14 lists cached properties as well
                    found[f"{label}.{method}"] = function
        elif callable(thing):
            found[label] = thing
    return found


def documented(*, ground=False):
    """Functions, and classes with their methods, of the API reference; those exported left out."""
    exported = [getattr(module, name) for module in PUBLIC for name in module.__all__]
    for page in sorted((ROOT / "docs" / "api").glob("*.md")):
        for part in re.split(r"^(?=\.\. currentmodule)", page.read_text("utf-8"), flags=re.M):
            module = "".join(_MODULE.findall(part))
            for kind, name, options in _DOCUMENTED.findall(part):
                label = name if name.startswith("connhub.") else f"{module}.{name}"
                if label.startswith(GROUND) and not ground:
                    continue
                where, _, last = label.rpartition(".")
                thing = getattr(import_module(where), last)
                if (kind == "function" or ":members:" in options) and thing not in exported:
                    yield label, thing
