from pathlib import Path

import pytest

import cli
from erecords import config
from erecords.config import CitySettings, SearchSettings
from erecords.errors import ConfigurationError, NotAHome

KINDS = cli.ASSEMBLY.section_types()


def write(home: Path, text: str) -> Path:
    (home / config.FILE_NAME).write_text(text, encoding="utf-8")
    return home


def test_the_written_file_gives_the_defaults_and_explains_each_key(tmp_path):
    text = config.template(KINDS, {"city": {"name": 'Stadt "Zwönau"', "aliases": ["A", "B"]}})
    settings = config.load(write(tmp_path, text), KINDS)
    assert settings.section(CitySettings) == CitySettings(name='Stadt "Zwönau"', aliases=["A", "B"])
    for kind in KINDS:
        assert settings.section(kind) is not None and f"[{kind.table}]" in text
        for field in kind.model_fields.values():
            assert f"# {field.description}" in text
    uncommented = text.replace("\n# ", "\n").splitlines()
    assert any(line.startswith("engine = ") for line in uncommented)


def test_the_environment_stands_over_the_file(tmp_path, monkeypatch):
    home = write(tmp_path, '[search]\nengine = "tantivy"\n')
    monkeypatch.setenv("ERECORDS_SEARCH__ENGINE", "whoosh")
    monkeypatch.setenv("ERECORDS_CITY__ALIASES", '["Rathaus"]')
    settings = config.load(home, KINDS)
    assert settings.section(SearchSettings).engine == "whoosh"
    assert settings.section(CitySettings).aliases == ["Rathaus"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[search]\nengin = "whoosh"\n', "engin"),
        ('[serch]\nengine = "whoosh"\n', "serch"),
        ('[search]\nengine = "sphinx"\n', "engine"),
        ("[mailroom]\nworkers = -1\n", "workers"),
        ("[mailroom\n", "erecords.toml"),
    ],
)
def test_a_wrong_key_or_value_is_refused_by_name(tmp_path, text, named):
    with pytest.raises(ConfigurationError, match=named):
        config.load(write(tmp_path, text), KINDS)


@pytest.mark.parametrize("variable", ["ERECORDS_SERCH__ENGINE", "ERECORDS_SEARCH__ENGIN", "ERECORDS_WORKERS"])
def test_an_unknown_variable_is_refused_by_name(tmp_path, monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    with pytest.raises(ConfigurationError, match=variable.rpartition("_")[2].lower() + "|" + variable):
        config.load(write(tmp_path, ""), KINDS)


def test_a_newer_home_is_refused_and_no_home_is_said_so(tmp_path):
    with pytest.raises(NotAHome, match="erecords init"):
        config.load(tmp_path, KINDS)
    with pytest.raises(NotAHome, match="newer"):
        config.load(write(tmp_path, "[city]\nformat = 2\n"), KINDS)
