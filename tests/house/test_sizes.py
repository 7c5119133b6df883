"""Walls that fail the build: sizes, banned names, folders that grow too full, files opened by the engine."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("shopping_mall", "remote_user", "service_provider", "engine", "scripts", "bench")
MODULE_LINES, FUNCTION_LINES, FOLDER_MODULES = 300, 40, 12
BANNED_NAMES = {"utils", "helpers", "common", "core", "misc", "base", "manager"}
# One verb, one page or one family of tables a file: these grow with the product, not with disorder.
FULL_FOLDERS = {"commands", "services", "queries", "views", "migrations", "models"}


def modules(*rooms: str) -> list[Path]:
    found = (path for room in rooms for path in sorted((ROOT / room).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", modules(*ROOMS, "tests"), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_is_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("path", modules(*ROOMS), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_function_is_small(path: Path) -> None:
    functions = (
        n
        for n in ast.walk(ast.parse(path.read_text()))
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    too_long = {
        f"{f.name}, line {f.lineno}": body_lines(f) for f in functions if body_lines(f) > FUNCTION_LINES
    }

    assert too_long == {}


def test_a_module_has_a_noun() -> None:
    assert [p for p in modules(*ROOMS) if p.stem in BANNED_NAMES or p.parent.name in BANNED_NAMES] == []


def test_a_folder_is_not_crowded() -> None:
    counts: dict[Path, int] = {}
    for path in modules(*ROOMS):
        if path.name != "__init__.py" and path.parent.name not in FULL_FOLDERS:
            counts[path.parent] = counts.get(path.parent, 0) + 1

    assert {str(folder): n for folder, n in counts.items() if n > FOLDER_MODULES} == {}


def test_the_engine_opens_nothing() -> None:
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("engine")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "input", "print"}
    ]

    assert calls == []
