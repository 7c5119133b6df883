"""The pages are true: settings, rooms, targets and addresses that they name are there."""

import re
from pathlib import Path

import pytest

from shopping_mall.env import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def shown(default: object) -> str:
    if default == "":
        return "*empty*"
    if isinstance(default, list):
        return f"`{','.join(default)}`" if default else "*empty*"
    return f"`{int(default) if isinstance(default, bool) else default}`"


def test_the_settings_table_is_the_settings() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$", README, re.MULTILINE)

    assert rows == [(s.name, shown(s.default), s.meaning) for s in SETTINGS]


def test_the_example_environment_names_every_setting() -> None:
    names = re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert names == [s.name for s in SETTINGS]


def test_the_house_shows_rooms_that_exist() -> None:
    page = (ROOT / "docs" / "house.md").read_text()
    tree = page.split("```")[3]
    rooms = re.findall(r"^( *)([\w./-]+/)(?=\s|$)", tree, re.MULTILINE)
    missing, stack = [], [""]
    for indent, name in rooms:
        depth = len(indent) // 2
        stack = [*stack[: depth + 1], stack[depth] + name]
        if not (ROOT / stack[-1]).is_dir():
            missing.append(stack[-1])

    assert rooms
    assert missing == []


def test_every_room_is_shown() -> None:
    page = (ROOT / "docs" / "house.md").read_text()
    rooms = [
        p
        for top in ("remote_user", "service_provider", "engine")
        for p in (ROOT / top).rglob("*")
        if p.is_dir()
    ]
    hidden = [
        p for p in rooms if p.name != "__pycache__" and any(p.glob("*.py")) and f"{p.name}/" not in page
    ]

    assert hidden == []


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda p: p.name
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    explained = re.findall(r"^([a-z-]+):.*## \w", makefile, re.MULTILINE)

    assert {"help", "setup", "run", "test", "check", "bench", "lock", "clean"} <= set(targets)
    assert targets == explained
    assert [name for name in targets if f"make {name}" not in README and name not in {"help"}] == []


def test_decisions_are_numbered_once() -> None:
    numbers = [p.name.partition("-")[0] for p in sorted((ROOT / "docs" / "decisions").glob("*.md"))]

    assert len(numbers) == len(set(numbers)) > 3
    assert all(re.fullmatch(r"\d{4}", n) for n in numbers)
