"""The docs hold: every name, link, path and command in them is there, the examples run, the reference is up to date."""

import ast
import re
import subprocess
import sys
import textwrap
from functools import cache

import pytest

from docs.make_commands import PAGE, cli, page
from render.practice.practice import paint_practice
from tests.source import ROOT, arguments, modules, tree

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md",
                *(ROOT / "docs").rglob("*.md")])
# Modules and files that a how-to tells its reader to write.
TO_BE_WRITTEN = ("render.synthesis.dabs", "features.sitter.spectacles", "render/synthesis/dabs.py",
                 "features/sitter/spectacles.py", "tests/render/synthesis/test_dabs.py")
_TREE = r"(?:data|features|models|render|flows|benchmarks)"
_NAME = re.compile(rf"(?<![\w./-]){_TREE}(?:\.[A-Za-z_]\w*)+")
_PATH = re.compile(r"(?<![\w./-])(?:data|features|models|render|flows|benchmarks|tests|docs)/[\w./-]*[\w/]")
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def shown(path):
    return str(path.relative_to(ROOT))


def each_page(function):
    return pytest.mark.parametrize("path", PAGES, ids=shown)(function)


def lines(path):
    """(place, line) of a page, for messages that an editor can open."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        yield f"{shown(path)}:{number}", line


@cache
def defined(module):
    """{name: its node} at the top of a module; of a package also what it takes in for others."""
    found = {}
    for node in _statements(tree(modules()[module]).body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom) and modules()[module].name == "__init__.py":
            found |= {one.asname or one.name: node for one in node.names}
        else:
            found |= {target.id: node for target in _targets(node)}
    return found


def _statements(body):
    """Statements of a body, those below `if` and `try` among them."""
    for node in body:
        yield node
        for field in ("body", "orelse", "handlers"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                yield from _statements(getattr(node, field, []))


def _targets(node):
    places = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [name for place in places for name in ast.walk(place) if isinstance(name, ast.Name)]


def members(node):
    """Methods, properties and fields of a class."""
    if not isinstance(node, ast.ClassDef):
        return {}
    own = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    return own | {target.id: one for one in node.body for target in _targets(one)}


def parameters(node):
    """Names that a call of this function or dataclass may give."""
    if isinstance(node, ast.ClassDef):
        made = members(node).get("__init__")
        return parameters(made) if made else [target.id for one in node.body if isinstance(one, ast.AnnAssign)
                                              for target in _targets(one)]
    return [one.arg for one in arguments(node)] if isinstance(node, ast.FunctionDef) else []


def found(module, names):
    """The node that `names` (a name, or a class and its member) mean in a module, or None."""
    node = defined(module).get(names[0]) if module in modules() else None
    for name in names[1:]:
        node = members(node).get(name)
    return node


def elsewhere(names):
    """Where such a name is defined now, for messages: " (it is in data.scan)", or "" if nowhere."""
    homes = [module for module in modules() if found(module, names) is not None]
    return f" (it is in {' or '.join(homes)})" if homes else ""


def missing(name):
    """Why a dotted name means nothing, or None."""
    if name.startswith(TO_BE_WRITTEN):
        return None
    parts = name.split(".")
    module = next((".".join(parts[:n]) for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in modules()), None)
    if module is None or module in ("data", "features", "models", "render", "flows", "benchmarks"):
        moved = [other for other in modules() if other.endswith(f".{parts[-1]}")]
        return f"{name}: there is no such module" + (f" (there is {' and '.join(moved)})" if moved else elsewhere(parts[-1:]))
    rest = parts[len(module.split(".")):]
    return f"{name}: {module} has no {'.'.join(rest)}{elsewhere(rest)}" if rest and found(module, rest) is None else None


@each_page
def test_every_dotted_name_means_something(path):
    wrong = [f"{where}: {reason}" for where, line in lines(path) for name in _NAME.findall(line) if (reason := missing(name))]
    assert not wrong, "\n".join(wrong)


@each_page
def test_every_path_in_a_code_span_is_there(path):
    wrong = [f"{where}: there is no {named}" for where, line in lines(path) for span in _SPAN.findall(line)
             for named in _PATH.findall(span) if named not in TO_BE_WRITTEN and not (ROOT / named).exists()]
    assert not wrong, "\n".join(wrong)


def headings(path):
    """Anchors of a page, as GitHub makes them."""
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)}


@each_page
def test_every_link_leads_somewhere(path):
    wrong = []
    for where, line in lines(path):
        for link in _LINK.findall(line):
            if re.match(r"https?://", link):
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            if not target.exists():
                wrong.append(f"{where}: {link} does not exist")
            elif anchor and anchor not in headings(target):
                wrong.append(f"{where}: {link}: no such heading")
    assert not wrong, "\n".join(wrong)


def test_every_page_can_be_reached_from_the_readme():
    seen, to_read = set(), [ROOT / "README.md"]
    while to_read:
        path = to_read.pop()
        if path in seen or path.suffix != ".md":
            continue
        seen.add(path)
        links = (link.partition("#")[0] for link in _LINK.findall(path.read_text(encoding="utf-8")))
        targets = [(path.parent / link).resolve() for link in links if link and not link.startswith("http")]
        to_read += [target / "README.md" if target.is_dir() else target for target in targets]
    lost = [shown(path) for path in PAGES if path not in seen]
    assert not lost, f"no link leads to {', '.join(lost)}"


@each_page
def test_every_atelier_command_is_one(path):
    """Commands and their options, wherever a page writes `atelier NAME --option`."""
    wrong = []
    for where, line in lines(path):
        for name, rest in re.findall(r"(?<![\w/.-])atelier ([a-z]+)\b([^`\n]*)", line):
            written = "`atelier " + name in line or line.startswith("    ")
            if not written:
                continue
            if name not in cli.commands:
                wrong.append(f"{where}: there is no command {name}")
                continue
            known = {option for one in cli.commands[name].params for option in one.opts} | {"--help", "-h"}
            wrong += [f"{where}: {name} has no {option}" for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", rest)
                      if option not in known]
    assert not wrong, "\n".join(wrong)


def test_the_command_reference_is_what_the_commands_say():
    assert PAGE.read_text(encoding="utf-8") == page(), \
        "docs/commands.md is out of date: write it again with `.venv/bin/python -m docs.make_commands`"


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_and_stands_in_the_reference(name):
    command = cli.commands[name]
    assert command.help and len(command.help) > 20
    assert f"\n## atelier {name}\n" in PAGE.read_text(encoding="utf-8")
    without = [option.name for option in command.params if option.param_type_name == "option" and not option.help]
    assert not without, f"atelier {name}: no help for {', '.join(without)}"


def within(home):
    """A module; where a room is named, every module in it."""
    return [module for module in modules() if module == home or module.startswith(f"{home}.")]


def contract():
    """(place, span, modules or rooms) of every name in the tables of docs/architecture.md that say where a thing lives."""
    for where, line in lines(ROOT / "docs" / "architecture.md"):
        cells = line.split(" | ")
        homes = [name for name in re.findall(r"`([\w.]+)`", cells[1]) if name in modules()] if len(cells) == 3 else []
        for span in _SPAN.findall(cells[0]) if homes else ():
            yield where, span, homes


def test_what_passes_between_rooms_lives_where_the_architecture_says():
    rows, wrong, last = list(contract()), [], None
    assert len(rows) > 50, "the tables of docs/architecture.md were not understood"
    for where, span, homes in rows:
        called = re.fullmatch(r"(\.?[\w.]+)(?:\((.*)\))?", span)
        assert called, f"{where}: `{span}` is neither a name nor a call"
        names = called[1].removeprefix(".").split(".")
        names = [last, *names] if called[1].startswith(".") else names
        node = next((node for home in homes for module in within(home) if (node := found(module, names)) is not None), None)
        if node is None:
            wrong.append(f"{where}: no {'.'.join(names)} in {' or '.join(homes)}{elsewhere(names)}")
            continue
        last = names[0]
        given = re.findall(r"(?:^|, )([a-z_]\w*)(?=[,=]|$)", called[2] or "")
        strange = [name for name in given if name not in parameters(node)]
        wrong += [f"{where}: {'.'.join(names)} takes no {', '.join(strange)}"] if strange else []
    assert not wrong, "\n".join(wrong)


def examples(path):
    """[(line, code)] of every Python example on a page, also where it stands in a list."""
    text = path.read_text(encoding="utf-8")
    return [(text[:example.start()].count("\n") + 1, textwrap.dedent(example[1])) for example in
            re.finditer(r"^ *```python\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("code", [pytest.param(code, id=f"{shown(path)}:{line}") for path in PAGES
                                  for line, code in examples(path)])
def test_examples_compile_import_what_exists_and_give_arguments_that_exist(code):
    module, known, wrong = ast.parse(code), {}, []
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in {name.split(".")[0] for name in modules()}:
            for one in node.names:
                known[one.asname or one.name] = found(node.module, [one.name])
                wrong += [reason] if (reason := missing(f"{node.module}.{one.name}")) else []
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and known.get(node.func.id) is not None:
            wrong += [f"{node.func.id} takes no {one.arg}" for one in node.keywords
                      if one.arg and one.arg not in parameters(known[node.func.id])]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_the_readmes_example_runs_on_a_practice_corpus(tmp_path):
    paint_practice(tmp_path / "corpus", 2, 3, width_px=320)
    ((_, code),) = examples(ROOT / "README.md")
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "practice_001.tif" in done.stdout and "practice_002.tif" in done.stdout
    assert (tmp_path / "relief.stl").stat().st_size > 100_000
