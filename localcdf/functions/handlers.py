"""Whether a folder of code has the ``handle`` that CDF calls, without running any of it."""

import ast
from pathlib import Path

DEFAULT_PATH = "handler.py"
ARGUMENTS = frozenset({"client", "data", "secrets", "function_call_info"})


class HandlerError(Exception):
    """The code is no function; the message says why."""


def check_handler(folder: Path, function_path: str) -> None:
    """Raise ``HandlerError`` unless the file has a ``handle`` that takes nothing but what CDF passes.

    A ``handle`` that is assigned, not defined, is known only when it runs.
    """
    if not function_path.endswith(".py"):
        raise HandlerError(f"{function_path} must be a Python file")
    path = folder / function_path
    if not path.is_file():
        raise HandlerError(f"There is no file {function_path} in the zip")
    try:
        module = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise HandlerError(f"{function_path} is not valid Python: {error}") from error
    handle = next((node for node in reversed(module.body) if _is_handle(node)), None)
    if handle is None:
        raise HandlerError(f"{function_path} must contain a function named 'handle', defined without async")
    if isinstance(handle, ast.FunctionDef):
        _check_arguments(handle.args)


def _is_handle(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef(name="handle"):
            return True
        case ast.Assign(targets=[ast.Name(id="handle")]):
            return True
        case ast.AnnAssign(target=ast.Name(id="handle"), value=ast.expr()):
            return True
    return False


def _check_arguments(arguments: ast.arguments) -> None:
    if arguments.posonlyargs:
        raise HandlerError("handle must take its arguments by name, not by position only")
    names = {each.arg for each in (*arguments.args, *arguments.kwonlyargs)}
    if not names <= ARGUMENTS:
        raise HandlerError(
            f"handle takes {', '.join(sorted(names - ARGUMENTS))}: "
            f"it may take {', '.join(sorted(ARGUMENTS))} and nothing else"
        )
