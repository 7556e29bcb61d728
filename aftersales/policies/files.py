"""A pack as a YAML or JSON file, out and in; what is wrong in a file is said with its line and field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aftersales.policies.layers import LANGUAGES, BadRules, Layer

LARGEST = 200_000  # characters
KEYS = ("pack", "summary", "rules")
Path = tuple[str, ...]


class BadFile(ValidationError):
    """A file that is no pack: one message for each mistake, each with its line and field."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(messages)


@dataclass(frozen=True, slots=True)
class PackFile:
    """What a file says."""

    pack: str
    rules: dict[str, Any]
    summary_en: str
    summary_zh: str


def write(*, pack: str, rules: Mapping[str, Any], summary_en: str, summary_zh: str) -> str:
    """Write a pack as YAML."""
    data = {"pack": pack, "summary": {"en": summary_en, "zh": summary_zh}, "rules": dict(rules)}
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    return text


def read(text: str) -> PackFile:
    """Read a pack from YAML or JSON (which is YAML too). Raises BadFile naming line and field of every mistake."""
    if len(text) > LARGEST:
        raise BadFile([_("The file is larger than %(count)s characters.") % {"count": LARGEST}])
    lines, doubled = _outline(text)
    data = yaml.safe_load(text)
    wrong = [(path, _("stands here a second time.")) for path in doubled]
    if not isinstance(data, dict):
        raise BadFile([_at(1, (), _("a pack with its keys is needed: %(keys)s.") % {"keys": ", ".join(KEYS)})])
    wrong += [((str(key),), _("no such key.")) for key in data if key not in KEYS]
    if not isinstance(data.get("pack"), str) or not data["pack"].strip():
        wrong.append((("pack",), _("the name of the pack is needed, such as cn.fresh.")))
    summary = data.get("summary")
    if not isinstance(summary, dict) or set(summary) - set(LANGUAGES):
        wrong.append((("summary",), _("say in both languages what changes: en and zh.")))
        summary = {}
    try:
        layer = Layer.parse(data.get("rules"))
    except BadRules as bad:
        wrong += [(("rules", *problem.path), problem.message) for problem in bad.problems]
    if wrong:
        raise BadFile([_at(_line(lines, path), path, message) for path, message in wrong])
    return PackFile(data["pack"].strip(), layer.dump(), str(summary.get("en") or ""), str(summary.get("zh") or ""))


def _at(line: int, path: Path, message: str) -> str:
    field = ".".join(path) or _("file")
    return _("Line %(line)s, %(field)s: %(message)s") % {"line": line, "field": field, "message": message}


def _line(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of a field, or of the nearest thing that it would stand in."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _outline(text: str) -> tuple[dict[Path, int], list[Path]]:
    """Return the line of each key and the keys that stand twice. Raises BadFile for what is no YAML."""
    lines: dict[Path, int] = {}
    doubled: list[Path] = []

    def walk(node: Any, path: Path) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*path, str(key.value))
                if inner in lines:
                    doubled.append(inner)
                lines[inner] = key.start_mark.line + 1
                walk(value, inner)

    try:
        # Aliases let a small file grow without end, and no pack needs one.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise BadFile([_("References (& and *) cannot be used: write each value out.")])
        walk(yaml.compose(text, yaml.SafeLoader), ())
        yaml.safe_load(text)  # what is well formed can still hold an impossible date
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        raise BadFile([_at(line, (), _("this is neither YAML nor JSON."))]) from broken
    except (yaml.YAMLError, ValueError, RecursionError) as broken:
        raise BadFile([_at(1, (), _("this is neither YAML nor JSON."))]) from broken
    return lines, doubled
