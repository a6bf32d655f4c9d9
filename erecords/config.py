"""Settings: read once from ``erecords.toml`` and the environment into frozen models, one section a package.

A value of the environment (``ERECORDS_<SECTION>__<KEY>``) stands over the file; an unknown key is refused by name.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from erecords.errors import ConfigurationError, NotAHome

FILE_NAME = "erecords.toml"
HOME_FORMAT = 1
_PREFIX = "ERECORDS_"
_NOT_SETTINGS = {"ERECORDS_HOME", "ERECORDS_ACTOR"}


class Section(BaseModel):
    """One table of ``erecords.toml``; each package defines its own and describes each field for the written file."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    table: ClassVar[str]


class CitySettings(Section):
    """``[city]``: who keeps these records, and where."""

    table = "city"
    format: int = Field(HOME_FORMAT, description="Format of this home; the program changes it, not you.")
    name: str = Field("Stadtverwaltung", description="Name of the administration, as it stands on certificates.")
    aliases: list[str] = Field(
        default=[], description="Other names under which letters address it; never taken for a sender."
    )
    time_zone: str = Field("Europe/Berlin", description="Time zone in which a calendar day begins.")


class DatabaseSettings(Section):
    """``[database]``: where the records are kept."""

    table = "database"
    url: str = Field("", description="Empty: SQLite file records.db in the home. Else e.g. postgresql+psycopg://...")


class SearchSettings(Section):
    """``[search]``: the index."""

    table = "search"
    engine: str = Field("tantivy", pattern="^(tantivy|whoosh)$", description="tantivy (fast) or whoosh (pure Python).")


GROUND_SECTIONS: tuple[type[Section], ...] = (CitySettings, DatabaseSettings, SearchSettings)

S = TypeVar("S", bound=Section)


class Settings:
    """All sections of one home, frozen."""

    def __init__(self, sections: Mapping[type[Section], Section]) -> None:
        self._sections = dict(sections)

    def section(self, kind: type[S]) -> S:
        """The section of that kind; its defaults when the program was assembled without it."""
        found = self._sections.get(kind)
        return found if isinstance(found, kind) else kind()


def load(home: Path, kinds: tuple[type[Section], ...]) -> Settings:
    """Read the settings of a home.

    Raises:
        NotAHome: there is no ``erecords.toml``, or its format is newer than this program.
        ConfigurationError: it cannot be read, or a key or value is wrong; the message names it.
    """
    path = home / FILE_NAME
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotAHome(
            f"{home} is no home of erecords (it has no {FILE_NAME}). Make one with: erecords init"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}. Nothing was changed.") from error
    _refuse_newer(home, tables)
    by_table = {kind.table: kind for kind in kinds}
    for table in tables:
        if table not in by_table:
            raise ConfigurationError(f"{path}: unknown section [{table}]. Known: {', '.join(sorted(by_table))}.")
    values = {table: {**tables.get(table, {}), **_from_environment(table)} for table in by_table}
    _refuse_unknown_environment(set(by_table))
    return Settings({kind: _build(kind, values[kind.table], path) for kind in kinds})


def _refuse_newer(home: Path, tables: dict[str, Any]) -> None:
    found = tables.get("city", {}).get("format", HOME_FORMAT)
    if isinstance(found, int) and found > HOME_FORMAT:
        raise NotAHome(
            f"{home} was made by a newer erecords (home format {found}, this program knows {HOME_FORMAT}). "
            "Nothing was touched; update the program."
        )


def _from_environment(table: str) -> dict[str, Any]:
    prefix = f"{_PREFIX}{table.upper()}__"
    found = {key.removeprefix(prefix).lower(): value for key, value in os.environ.items() if key.startswith(prefix)}
    return {key: _literal(value) for key, value in found.items()}


def _literal(value: str) -> Any:
    """A value of the environment as TOML would read it; what is no TOML is text."""
    try:
        return tomllib.loads(f"v = {value}")["v"]
    except tomllib.TOMLDecodeError:
        return value


def _refuse_unknown_environment(tables: set[str]) -> None:
    for key in os.environ:
        if key.startswith(_PREFIX) and key not in _NOT_SETTINGS:
            table = key.removeprefix(_PREFIX).partition("__")[0].lower()
            if table not in tables:
                raise ConfigurationError(f"The environment variable {key} names no setting of erecords.")


def _build(kind: type[S], values: dict[str, Any], path: Path) -> S:
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(kind.model_fields)
            raise ConfigurationError(
                f"{path} or environment: unknown key {key!r} in [{kind.table}]. Known: {known}."
            ) from error
        raise ConfigurationError(f"{path}: {key!r} in [{kind.table}]: {first['msg']}.") from error


def template(kinds: tuple[type[Section], ...], values: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """The text of a new ``erecords.toml``: each key with its comment, defaults commented out, ``values`` set."""
    lines = [
        "# Settings of this home. A value of the environment, ERECORDS_<SECTION>__<KEY>, stands over this file.",
        "",
    ]
    for kind in kinds:
        lines += [f"# {(kind.__doc__ or '').splitlines()[0]}", f"[{kind.table}]"]
        given = (values or {}).get(kind.table, {})
        for name, field in kind.model_fields.items():
            lines.append(f"# {field.description}")
            mark = "" if name in given else "# "
            lines.append(f"{mark}{name} = {_toml(given.get(name, field.get_default(call_default_factory=True)))}")
        lines.append("")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, int | float):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
