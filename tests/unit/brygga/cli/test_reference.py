import runpy
from pathlib import Path

ROOT = Path(__file__).parents[4]


def test_generated_pages_are_what_the_code_says() -> None:
    pages = runpy.run_path(str(ROOT / "docs/generate.py"))["pages"]()
    stale = [path.name for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, f"{stale} must be written anew: make docs"


def test_every_command_is_in_the_reference() -> None:
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for command in ("deploy", "model register", "service keys", "environment lock", "doctor"):
        assert f"## brygga {command}\n" in text
