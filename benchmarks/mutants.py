"""Small faults of the modules of figures: what is changed, and where."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType

__all__ = ["FOLDERS", "PACKAGE", "Mutant", "mutants", "nested_code"]

PACKAGE = Path(__file__).parents[1] / "src" / "connhub"
FOLDERS = ("measures", "totals", "selection")
LEFT_OUT = {"__init__", "spark", "spark_session"}
"""Modules that are not changed: what needs Java is not."""
SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
Change = Callable[[ast.AST], None]


@dataclass(frozen=True)
class Mutant:
    """One change of a module, at a node of its tree.

    Attributes
    ----------
    module : str
        As ``measures/bounds``.
    function : str
        Qualified name of the function or method; empty outside of one.
    first_line : int
        Of the function, with its decorators; 0 outside of one.
    line : int
    text : str
        The code before and after.
    node, change : int
        Position of the node in the tree, and of the change among those of the node.
    """

    module: str
    function: str
    first_line: int
    line: int
    text: str
    node: int
    change: int

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line} {self.function}: {self.text}"

    @property
    def path(self) -> Path:
        """Of the module."""
        return PACKAGE / f"{self.module}.py"

    def code(self) -> CodeType:
        """The module with the change."""
        tree = _tree(self.path)
        node = _places(tree)[self.node].node
        _changes(node)[self.change][1](node)
        return compile(ast.fix_missing_locations(tree), str(self.path), "exec")


@dataclass(frozen=True)
class _Place:
    node: ast.AST
    parent: ast.AST
    function: str
    first_line: int


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _places(tree: ast.Module) -> list[_Place]:
    """Nodes that run: no annotations, decorators, names exported, imports for type checkers."""
    found: list[_Place] = []

    def walk(node: ast.AST, parent: ast.AST, scope: str, function: str, first_line: int) -> None:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        found.append(_Place(node, parent, function, first_line))
        inner = function, first_line
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not function:
            scope = f"{scope}.{node.name}".lstrip(".")
            if isinstance(node, ast.FunctionDef):
                inner = scope, min(n.lineno for n in (node, *node.decorator_list))
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    place = inner if name == "body" else (function, first_line)
                    shown = parent if isinstance(node, ast.UnaryOp) else node  # a sign is no code
                    walk(child, shown, scope, *place)

    walk(tree, tree, "", "", 0)
    return found


def _changes(node: ast.AST) -> list[tuple[str, Change]]:
    """What may be changed at a node: which kind it is, and what does it."""
    changes: list[tuple[str, Change]] = []

    def offer(kind: str, **values: object) -> None:
        def change(target: ast.AST) -> None:
            for name, value in values.items():
                setattr(target, name, value)

        changes.append((kind, change))

    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        for kind in SWAPS.get(type(node.op), ()):
            offer("operator", op=kind())
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for kind in SWAPS[type(node.ops[0])]:
            offer("operator", ops=[kind()])
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        offer("constant", value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        offer("constant", value=node.value + 1)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        offer("condition", test=ast.UnaryOp(ast.Not(), copy.deepcopy(node.test)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        offer("constant", op=ast.UAdd())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        offer("operator", operand=ast.UnaryOp(ast.Not(), node.operand))
    calls = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if calls or isinstance(node, ast.AugAssign | ast.Raise):
        changes.append(("statement", _leave_out))
    return changes


def _leave_out(node: ast.AST) -> None:
    node.__class__ = ast.Pass


def _text(place: _Place, kind: str, change: Change) -> str:
    """The code before and after: of a condition its test, of a constant what it stands in."""
    if kind == "condition":
        return f"if {ast.unparse(place.node.test)} -> if not"  # type: ignore[attr-defined]
    shown = place.parent if kind == "constant" else place.node
    before = ast.unparse(shown)
    if kind == "statement":
        return f"{before} -> pass"
    kept = copy.copy(place.node.__dict__)
    change(place.node)
    after = ast.unparse(shown)
    place.node.__dict__.clear()
    place.node.__dict__.update(kept)
    return f"{before} -> {after}" if len(before) < 200 else f"{kind} of {before[:100]}"


def mutants() -> Iterator[Mutant]:
    """All of them, in the order of the source."""
    for folder in FOLDERS:
        for path in sorted((PACKAGE / folder).glob("*.py")):
            if path.stem in LEFT_OUT:
                continue
            for number, place in enumerate(_places(_tree(path))):
                for change, (kind, make) in enumerate(_changes(place.node)):
                    yield Mutant(
                        f"{folder}/{path.stem}",
                        place.function,
                        place.first_line,
                        getattr(place.node, "lineno", 0),
                        _text(place, kind, make),
                        number,
                        change,
                    )


@cache
def nested_code(whole: CodeType) -> dict[tuple[str, int], CodeType]:
    """Code of all functions and methods of a module, by qualified name and first line."""
    found: dict[tuple[str, int], CodeType] = {}
    for part in whole.co_consts:
        if isinstance(part, CodeType):
            found[part.co_qualname, part.co_firstlineno] = part
            found |= nested_code(part)
    return found
