"""A page of the documentation as values: its fenced blocks with what is said of them, its headings and links."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FENCE = re.compile(r"(?:<!-- (?P<mark>[^>]*) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(
    r"\]\((?P<target>[^)\s]+)(?: \"[^\"]*\")?\)|^\[[^\]]+\]: (?P<named>\S+)|<img[^>]* src=\"(?P<image>[^\"]+)\"",
    re.MULTILINE,
)
_HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block; `mark` is the HTML comment on the line before it."""

    mark: str
    kind: str
    text: str


@dataclass(frozen=True)
class Page:
    """A Markdown file."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """The page that stands in a file."""
        return cls(path, path.read_text(encoding="utf-8"))

    @property
    def blocks(self) -> list[Block]:
        """The fenced blocks, in order."""
        return [Block(m["mark"] or "", m["kind"], m["text"]) for m in _FENCE.finditer(self.text)]

    @property
    def links(self) -> list[str]:
        """Where links and pictures lead that are no web addresses."""
        prose = _CODE.sub("", _FENCE.sub("", self.text))
        targets = (m["target"] or m["named"] or m["image"] for m in _LINK.finditer(prose))
        return [target for target in targets if "://" not in target and not target.startswith("mailto:")]

    @property
    def anchors(self) -> set[str]:
        """The names of the headings, as links have them."""
        prose = _FENCE.sub("", self.text)
        return {_anchor(m["text"]) for m in _HEADING.finditer(prose)}

    def table_under(self, heading: str) -> list[list[str]]:
        """The cells of the table that follows a heading, without its head."""
        after = self.text.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
        lines = [line for line in after.splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def pages(root: Path) -> list[Page]:
    """All pages of the repository that people read."""
    beside = ["README.md", "CHANGELOG.md", "training/README.md"]
    folders = [*(root / "docs").rglob("*.md"), *root.glob("models/*/CARD.md")]
    return [Page.read(path) for path in [*(root / name for name in beside), *sorted(folders)]]


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
