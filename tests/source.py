"""Our own source read as syntax trees, for the tests that keep rooms, house and docs in order. Nothing is imported."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("data", "features", "models", "render", "flows")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, Path]:
    """{"render.synthesis.patch": its file} for every module and package of the five rooms, and of benchmarks."""
    found = {}
    for room in (*ROOMS, "benchmarks"):
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def of_rooms() -> dict[str, Path]:
    """The modules of the five rooms alone."""
    return {name: path for name, path in modules().items() if name.split(".")[0] in ROOMS}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, node: ast.AST) -> str:
    """"render/synthesis/patch.py:12", as editors open it."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@dataclass(frozen=True)
class Import:
    """`source` imports `target` (a module of ours by its full name, or any other as written) at `where`.

    `late`: within a function. `reason`: the comment on the statement or above the block of imports it stands in, or "".
    """

    source: str
    target: str
    where: str
    late: bool
    reason: str

    @property
    def ours(self) -> bool:
        return self.target.split(".")[0] in ROOMS


@cache
def imports(name: str) -> tuple[Import, ...]:
    """Everything that one module imports, wherever it does; modules named in strings for `import_module` count too."""
    path = modules()[name]
    comments, late = _comments(path), _within_functions(tree(path))
    found = []
    for statements in _blocks(tree(path)):
        reason = ""
        for previous, node in zip([None, *statements], statements):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            if not isinstance(previous, ast.Import | ast.ImportFrom):
                reason = comments.get(node.lineno - 1, "")
            own = " ".join(comments[line] for line in range(node.lineno, node.end_lineno + 1) if line in comments)
            found += [Import(name, target, place(path, node), node in late, own or reason) for target in _targets(node)]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in modules():
            if "." in node.value and modules()[node.value].name != "__init__.py":
                found.append(Import(name, node.value, place(path, node), False, "named for import_module"))
    return tuple(found)


def _targets(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (one.name for one in node.names)
        return
    for one in node.names:
        whole = "." * node.level + (node.module or "")
        full = f"{whole}.{one.name}"
        yield full if full in modules() else whole


def _blocks(module: ast.Module) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(module):
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                yield statements


def _within_functions(module: ast.Module) -> set[ast.AST]:
    return {inner for node in ast.walk(module) if isinstance(node, Function) for inner in ast.walk(node)}


def _comments(path: Path) -> dict[int, str]:
    text = path.read_text(encoding="utf-8")
    return {token.start[0]: token.string.lstrip("# ") for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT}


def functions(path: Path) -> Iterator[tuple[Function, bool]]:
    """Every function and method of a file, and whether it is public: no underscore on it or its class, in no function."""
    def visit(node: ast.AST, public: bool) -> Iterator[tuple[Function, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield child, public and not child.name.startswith("_")
                yield from visit(child, False)
            elif isinstance(child, ast.ClassDef):
                yield from visit(child, public and not child.name.startswith("_"))
            else:
                yield from visit(child, public)

    yield from visit(tree(path), True)


def arguments(function: Function) -> list[ast.arg]:
    """The named arguments, without self and cls."""
    given = function.args
    return [one for one in (*given.posonlyargs, *given.args, *given.kwonlyargs) if one.arg not in ("self", "cls")]
