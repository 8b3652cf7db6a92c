"""Settings of the documentation: `make docs`. Neither the build nor a page fetches anything."""

import sys
from pathlib import Path
from typing import Any

from pygments.lexers.python import PythonConsoleLexer

import connhub

sys.path.append(str(Path(__file__).parent / "_ext"))

project = "connhub"
author = "The connhub developers"
copyright = "2026, The connhub developers"  # noqa: A001
version = release = connhub.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "mathml",
    "tutorial",
    "gallery",
    "schema_tables",
    "names",
    "japanese",
    "complete",
]
exclude_patterns = ["_build", "_ext", "_templates"]
nitpicky = True
default_role = "py:obj"

# The notebooks were run by `make notebooks`; pages hold what they left.
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # the usual ones are fetched from a network
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # types are in the docstrings, with shapes and units
autodoc_class_signature = "mixed"
autosummary_generate = False
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_ivar = True
napoleon_use_rtype = False
python_maximum_signature_line_length = 80

html_theme = "pydata_sphinx_theme"
html_title = "connhub"
html_static_path = ["_static"]
html_css_files = ["house.css"]
templates_path = ["_templates"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_persistent": ["search-button-field", "language"],
    "navbar_end": ["theme-switcher"],
    "navbar_align": "left",
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_sidebars = {page: [] for page in ("index", "ja/*", "definitions", "performance", "changelog")}


def setup(app: Any) -> None:
    """Show examples without the blank line that doctest needs at their end."""
    app.add_lexer("pycon", PythonConsoleLexer)
