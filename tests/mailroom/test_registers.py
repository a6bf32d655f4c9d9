"""Registers are data of a home: read into frozen values, and refused by name where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from erecords.errors import ConfigurationError
from mailroom.registers import Office, PlanClass, Registers

CITY = Path(__file__).parents[2] / "erecords" / "sample_city" / "data"
TYPE = '[[document_type]]\nkey = "a"\ntitle = "A"\nfiling_class = "1.1"\n'


def write(folder: Path, text: str, name: str = "document_types.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_sample_city() -> None:
    registers = Registers.load(CITY)
    assert (len(registers.document_types), len(registers.incoming), len(registers.references)) == (54, 40, 21)
    assert registers.document_types["hundesteuer-anmeldung"].filing_class == "22.31"
    assert registers.process_of("hundesteuer-anmeldung") == "hundesteuer-anmeldung"
    assert registers.unit_of("22.31") == "22.3"
    assert "66.12" in registers.routed_classes


def test_missing_files_are_empty(tmp_path: Path) -> None:
    assert Registers.load(tmp_path).incoming == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TYPE + 'colour = "red"\n', "unknown key 'colour' in 'a'"),
        (TYPE + TYPE, "the key 'a' stands there twice"),
        ('[[document_type]]\nkey = "a"\n', "'title'"),
        ("[[document_type]\n", "cannot be read"),
        ("[colours]\n", "unknown key 'colours'"),
        ('document_type = "a"\n', "must be a list"),
        (TYPE.replace('"A"', "3"), "'title'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Registers.load(write(tmp_path, text))


def test_class_that_the_plan_lacks(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"class '1\.1', which the plan lacks"):
        Registers.load(write(tmp_path, TYPE), plan={"2": PlanClass("2", "Zwei")})


def test_wrong_routing_is_named(tmp_path: Path) -> None:
    write(tmp_path, "service_code,category,unit,filing_class,keywords,colour\na,b,1,1.1,x;y,red\n", "routing.csv")
    with pytest.raises(ConfigurationError, match="unknown key 'colour' in 'a'"):
        Registers.load(tmp_path)


def test_notations_may_have_any_shape(tmp_path: Path) -> None:
    plan = {"968.11 a": PlanClass("968.11 a", "Hundesteuer", unit="StA/3")}
    text = TYPE.replace("1.1", "968.11 a")
    registers = Registers.load(write(tmp_path, text), plan=plan, offices={"StA/3": Office("StA/3", "Steuern")})
    assert registers.unit_of("968.11 a") == "StA/3"


def test_units_below_a_unit() -> None:
    offices = {
        unit: Office(unit, unit, parent=parent) for unit, parent in [("1", ""), ("1.1", "1"), ("x", "1.1"), ("2", "")]
    }
    registers = Registers({}, (), {}, (), (), offices, {})
    assert registers.units_within("1") == {"1", "1.1", "x"}
