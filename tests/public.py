"""What users call."""

import inspect

import connhub
import connhub.measures.roles
import connhub.networks
import connhub.plots
import connhub.publishing
import connhub.regions
import connhub.scenario
import connhub.selection

PUBLIC = [
    connhub,
    connhub.measures.roles,
    connhub.networks,
    connhub.plots,
    connhub.publishing,
    connhub.regions,
    connhub.scenario,
    connhub.selection,
]
"""Modules from which users import."""


def public_functions():
    """Functions and methods that users call, by name."""
    found = {}
    for module in PUBLIC:
        for name in module.__all__:
            thing = getattr(module, name)
            label = f"{module.__name__}.{name}"
            if inspect.isclass(thing):
                for method, function in inspect.getmembers(thing, inspect.isroutine):
                    here = getattr(function, "__module__", "") or ""
                    if not method.startswith("_") and here.startswith("connhub"):
                        found[f"{label}.{method}"] = function
            elif callable(thing):
                found[label] = thing
    return found
