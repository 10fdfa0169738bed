"""Files, functions and signatures keep a size and a form in which a stranger finds the way.

The bars are those of CONTRIBUTING.md. A failure names every place, worst first, as file:line.
"""

import ast

import pytest

from tests.source import ROOT, Function, arguments, functions, of_rooms, place, tree

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_BODY = 80
LONG_BODY, MOST_LONG_BODIES = 60, 6
COMPLEX, MOST_COMPLEX = 15, 8
LEAST_EXPLAINED = 0.95  # share of public functions of three arguments or more that have a Parameters section
_ARGUMENTS_TO_EXPLAIN = 3
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.comprehension, ast.Assert,
             ast.match_case)


def every_function():
    """(path, function, whether it is public) of all functions of the rooms."""
    return [(path, function, public) for path in of_rooms().values() for function, public in functions(path)]


def named(path, function):
    return f"{place(path, function)} {function.name}"


def listed(rows):
    """[(number, place)] as lines, the largest number first."""
    return "\n".join(f"{number:5d}  {where}" for number, where in sorted(rows, reverse=True))


def body_lines(function):
    """Lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def complexity(function):
    """One, and one more for every branch, loop, handler, condition within a condition; inner functions count along.

    After McCabe 1976, doi:10.1109/TSE.1976.233837, with `and` and `or` counted, as they are decisions too.
    """
    inner = [node for node in ast.walk(function) if node is not function]
    return 1 + sum(isinstance(node, _BRANCHES) for node in inner) + sum(
        len(node.values) - 1 for node in inner if isinstance(node, ast.BoolOp))


def is_command(function):
    """Commands are explained by the help of their options, and their docstring is what `--help` prints."""
    return any(".command(" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_files_tell_one_story():
    sizes = [(len(path.read_text(encoding="utf-8").splitlines()), place(path, tree(path))) for path in of_rooms().values()]
    long = [(lines, where) for lines, where in sizes if lines > MOST_LINES_OF_A_FILE]
    assert not long, f"files of more than {MOST_LINES_OF_A_FILE} lines:\n{listed(long)}"


def test_bodies_of_functions_are_short():
    sizes = [(body_lines(function), named(path, function)) for path, function, _ in every_function()]
    longest = [row for row in sizes if row[0] > MOST_LINES_OF_A_BODY]
    assert not longest, f"bodies of more than {MOST_LINES_OF_A_BODY} lines:\n{listed(longest)}"
    long = [row for row in sizes if row[0] > LONG_BODY]
    assert len(long) <= MOST_LONG_BODIES, f"more than {MOST_LONG_BODIES} bodies of over {LONG_BODY} lines:\n{listed(long)}"


def test_functions_decide_little():
    many = [(count, named(path, function)) for path, function, _ in every_function()
            if (count := complexity(function)) > COMPLEX]
    assert len(many) <= MOST_COMPLEX, f"more than {MOST_COMPLEX} functions with a complexity over {COMPLEX}:\n{listed(many)}"


def test_public_functions_say_what_they_take_and_give():
    bare = []
    for path, function, public in every_function():
        missing = [one.arg for one in arguments(function) if one.annotation is None] if public else []
        missing += ["what it returns"] if public and function.returns is None else []
        if missing:
            bare.append(f"{named(path, function)}: {', '.join(missing)}")
    assert not bare, f"{len(bare)} public functions without annotations for:\n" + "\n".join(bare)


def test_public_functions_of_three_arguments_explain_them():
    asked = [(path, function) for path, function, public in every_function()
             if public and len(arguments(function)) >= _ARGUMENTS_TO_EXPLAIN and not is_command(function)]
    silent = [named(path, function) for path, function in asked
              if "Parameters\n---" not in (ast.get_docstring(function) or "")]
    share = 1 - len(silent) / len(asked)
    assert share >= LEAST_EXPLAINED, f"{share:.0%} of {len(asked)} have a Parameters section, expected " \
        f"{LEAST_EXPLAINED:.0%}; without:\n" + "\n".join(silent)


def test_tests_open_with_the_claim_they_make():
    silent = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("test_*.py"))
              if ast.get_docstring(tree(path)) is None]
    assert not silent, f"no claim at the top of {', '.join(silent)}"


@pytest.mark.parametrize("text, lines, decisions", [
    ('def f():\n    """Says."""\n', 0, 1),
    ('def f(a):\n    """Says."""\n    if a:\n        return 1\n    return 2\n', 3, 2),
    ("def f(a, b):\n    return [x for x in a if x and b or x]\n", 1, 4),
    ("def f(a):\n    def g(b):\n        return 1 if b else 2\n    return g\n", 3, 2),
])
def test_the_measures_themselves(text, lines, decisions):
    function = ast.parse(text).body[0]
    assert isinstance(function, Function)
    assert (body_lines(function), complexity(function)) == (lines, decisions)
