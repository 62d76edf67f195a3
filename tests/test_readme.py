"""The pages for people agree with the code: README's commands, CONTRIBUTING's dependencies."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import typer
from typer.core import TyperGroup

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def code(text: str) -> str:
    """What a page shows as code: fenced blocks, then inline code of the rest."""
    blocks = re.findall(r"(?ms)^```[a-z]*\n(.*?)^```", text)
    rest = re.sub(r"(?ms)^```.*?^```", "", text)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", rest)])


def named(program: str) -> set[str]:
    """The first words after a program's name, wherever the README shows it as code."""
    return set(re.findall(rf"(?m)(?:^|[\s;&|]){program} +([a-z][a-z-]*)", code(README)))


def targets() -> set[str]:
    """The Makefile's targets that are commands, not files."""
    phony = re.search(r"(?m)^\.PHONY: (.*)$", MAKEFILE)
    assert phony is not None
    return set(phony[1].split())


def commands() -> set[str]:
    """The command line's commands, as typer builds them."""
    from api.cli import main

    group = typer.main.get_command(main)
    assert isinstance(group, TyperGroup)
    return set(group.commands)


def test_every_make_command_of_the_readme_exists() -> None:
    """A newcomer's first command works, and the two that matter are told."""
    assert named("make") - targets() == set()
    assert {"demo", "test"} <= named("make")


def test_every_glaneur_command_of_the_readme_exists_and_none_is_left_out() -> None:
    """The table of commands is the command line's own."""
    assert named("glaneur") == commands()


def test_make_help_lists_every_command() -> None:
    """`make help` is complete: a target without a sentence is not a command for people."""
    said = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    listed = dict(line.split(maxsplit=1) for line in said.stdout.splitlines())
    assert set(listed) == targets()


def test_every_command_target_is_phony() -> None:
    """A file named `test` or `web` must not stop `make test` or `make web`."""
    described = set(re.findall(r"(?m)^([a-z-]+):.*## ", MAKEFILE))
    assert described == targets()


def test_links_to_files_of_the_repository_exist() -> None:
    """No dead link, no missing picture."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_dependency_has_its_reason() -> None:
    """CONTRIBUTING's tables name exactly what pyproject.toml and package.json ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    python = {re.split(r"[\[<>=]", one, maxsplit=1)[0] for one in wanted}
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Dependencies")[2]
    assert set(re.findall(r"(?m)^\| ([a-z0-9-]+) \| (?!why)", page)) == python
    node = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert [name for name in (*node["dependencies"], *node["devDependencies"]) if name not in page] == []
