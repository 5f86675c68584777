"""The handlers that a module has."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from ..tasks.definition import HandledTask, TaskDefinition


class ModuleProblem(Exception):
    """There are no handlers in it, or it cannot be loaded."""


@dataclass
class Found:
    tasks: list[HandledTask[Any, Any]] = field(default_factory=list)
    handlers: dict[str, Callable[..., Any]] = field(default_factory=dict)


def load_handlers(name: str) -> Found:
    """Of a file, or of a module by its name: every task with a handler, and the dict `handlers` of functions by type.

    Raises ModuleProblem.
    """
    module = _loaded(name)
    found = Found()
    for value in vars(module).values():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(one, HandledTask) and one not in found.tasks:
                found.tasks.append(one)
    handlers = vars(module).get("handlers")
    if isinstance(handlers, dict):
        found.handlers = dict(handlers)
    if found.tasks or found.handlers:
        return found
    if any(isinstance(value, TaskDefinition) for value in vars(module).values()):
        raise ModuleProblem(f"{name} defines tasks, but no handlers: decorate a function with `@<task>.handle`")
    raise ModuleProblem(
        f"{name} has no handlers: decorate functions with `@<task>.handle`, or name a dict of functions `handlers`"
    )


def _loaded(name: str) -> ModuleType:
    path = Path(name)
    is_file = name.endswith(".py") or path.is_file()
    if is_file and not path.is_file():
        raise ModuleProblem(f"there is no file {name}")
    # As when Python runs the file: what stands beside it can be imported.
    folder = str(path.resolve().parent if is_file else Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module_name = path.stem if is_file else name
    try:
        if not is_file or module_name.isidentifier() and importlib.util.find_spec(module_name) is not None:
            module = importlib.import_module(module_name)
            if not is_file or Path(module.__file__ or "").resolve() == path.resolve():
                return module
        return _executed(module_name, path)
    except ModuleProblem:
        raise
    except ModuleNotFoundError as error:
        if error.name == name:
            raise ModuleProblem(f"there is no module {name}") from None
        raise ModuleProblem(f"{name} cannot be loaded: {error}") from error
    except Exception as error:
        raise ModuleProblem(f"{name} cannot be loaded: {type(error).__name__}: {error}") from error


def _executed(name: str, path: Path) -> ModuleType:
    """A file that has the name of another module, or one that no module can have."""
    spec = importlib.util.spec_from_file_location(f"waybill_handlers_{name}", path.resolve())
    if spec is None or spec.loader is None:
        raise ModuleProblem(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
