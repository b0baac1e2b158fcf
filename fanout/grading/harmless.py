"""Which cells cannot hurt the process they run in, so that no copy of it need be kept for them.

Only a saving: a cell that is misjudged and ends its process costs a second run of the cells before
it. So this is strict and simple, and reads no more than the usual cells of an exercise: imports,
functions, calls of the course itself.
"""

from __future__ import annotations

import ast

_LONGEST = 4000
"""Characters; a long or deep text is not worth reading here."""
_USUAL = frozenset(
    "__future__ asyncio collections concurrent contextlib dataclasses datetime enum fanout functools "
    "itertools json math openai operator os random re statistics string threading time typing".split()
)
_ACTIVE = (ast.Call, ast.Await, ast.NamedExpr, ast.ListComp, ast.SetComp, ast.DictComp, ast.Yield)


def harmless(source: str) -> bool:
    """Whether a cell only imports usual modules, defines functions and calls the course's face."""
    if len(source) > _LONGEST:
        return False
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # a magic, or no Python at all
    except SystemError:
        return False  # Python 3.11.7 may say so when two threads parse at once
    return all(_is_harmless(statement) for statement in statements)


def _is_harmless(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import):
        return all(alias.name.split(".")[0] in _USUAL for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "").split(".")[0] in _USUAL
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return not statement.decorator_list and not _does_something(statement)
    return isinstance(statement, ast.Expr) and _calls_the_course(statement.value)


def _does_something(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether defining it runs code: in a default value or an annotation."""
    outside: list[ast.AST] = [function.args]
    if function.returns is not None:
        outside.append(function.returns)
    return any(isinstance(node, _ACTIVE) for part in outside for node in ast.walk(part))


def _calls_the_course(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and isinstance(value.func.value, ast.Name)
        and value.func.value.id == "fanout"
        and all(isinstance(argument, (ast.Name, ast.Constant)) for argument in value.args)
    )
